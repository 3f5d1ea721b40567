//! Bounds on one rendering, so that no template can hang the process or exhaust its memory or stack.
//!
//! A rendering is synchronous and stays on its thread, but may pass through lookups that render again with a context of
//! their own. The accounts are therefore kept per thread: the outermost rendering opens them, all within share them.
use crate::{Error, Result};
use std::cell::Cell;

/// Evaluation steps: a fraction of a second of work; fewer where nothing is optimised.
const STEPS: usize = if cfg!(test) { 1_000_000 } else { 10_000_000 };
/// Bytes of text and lists made while rendering.
const BYTES: usize = 256 << 20;
/// Bytes of stack below the outermost rendering; threads of the runtime have two megabytes.
const STACK: usize = 768 << 10;

thread_local! {
    static DEPTH: Cell<usize> = const { Cell::new(0) };
    static BASE: Cell<usize> = const { Cell::new(0) };
    static STEPS_LEFT: Cell<usize> = const { Cell::new(STEPS) };
    static BYTES_LEFT: Cell<usize> = const { Cell::new(BYTES) };
}

/// Open while something is parsed or rendered; the outermost one resets the accounts.
pub(crate) struct Session(());

impl Session {
    pub(crate) fn open() -> Self {
        let depth = DEPTH.get();
        DEPTH.set(depth + 1);
        if depth == 0 {
            BASE.set(stack_address());
            STEPS_LEFT.set(STEPS);
            BYTES_LEFT.set(BYTES);
        }
        Self(())
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let depth = DEPTH.get().saturating_sub(1);
        DEPTH.set(depth);
        if depth == 0 {
            BASE.set(0);
        }
    }
}

fn stack_address() -> usize {
    let marker = 0_u8;
    std::ptr::from_ref(&marker).addr()
}

/// Counts evaluation steps.
#[inline]
pub(crate) fn step(count: usize) -> Result<()> {
    let left = STEPS_LEFT.get();
    if count > left {
        return Err(Error::failed(format!("the template takes too long: it was stopped after {STEPS} steps")));
    }
    STEPS_LEFT.set(left - count);
    Ok(())
}

/// Counts bytes about to be made.
#[inline]
pub(crate) fn bytes(count: usize) -> Result<()> {
    let left = BYTES_LEFT.get();
    if count > left {
        return Err(Error::failed(format!(
            "the template makes too much data: more than {} MiB of text and lists",
            BYTES >> 20
        )));
    }
    BYTES_LEFT.set(left - count);
    Ok(())
}

/// Complains before the stack runs out.
#[inline]
pub(crate) fn stack() -> Result<()> {
    let base = BASE.get();
    if base != 0 && stack_address().abs_diff(base) > STACK {
        return Err(Error::failed("maximum recursion depth exceeded: the template is nested too deeply"));
    }
    Ok(())
}
