//! What people read: coloured on a terminal, plain in a pipe.
use std::io::{IsTerminal, Write};

/// Colours that mean something: green is fine, yellow changed, red failed, cyan skipped or aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Paint {
    Plain,
    Bold,
    Dim,
    Green,
    Yellow,
    Red,
    Cyan,
}

/// Standard output, shared by threads; a reader that went away ends nothing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terminal {
    colour: bool,
}

impl Terminal {
    pub(crate) fn new() -> Self {
        let forced = std::env::var_os("ANSIBLE_FORCE_COLOR").is_some() || std::env::var_os("CLICOLOR_FORCE").is_some();
        let refused = ["NO_COLOR", "ANSIBLE_NOCOLOR"].iter().any(|name| std::env::var_os(name).is_some());
        Self { colour: !refused && (forced || std::io::stdout().is_terminal()) }
    }
    pub(crate) fn line(self, paint: Paint, text: &str) {
        self.write(&format!("{}\n", self.paint(paint, text)));
    }
    pub(crate) fn write(self, text: &str) {
        let mut out = std::io::stdout().lock();
        // Nobody is left to be told that nobody reads.
        let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    }
    pub(crate) fn paint(self, paint: Paint, text: &str) -> String {
        let code = match paint {
            Paint::Plain => return text.to_owned(),
            _ if !self.colour => return text.to_owned(),
            Paint::Bold => "1",
            Paint::Dim => "2",
            Paint::Green => "32",
            Paint::Yellow => "33",
            Paint::Red => "31",
            Paint::Cyan => "36",
        };
        format!("\x1b[{code}m{text}\x1b[0m")
    }
}
