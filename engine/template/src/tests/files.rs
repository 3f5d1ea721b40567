//! Files, as far as the world shows them.
use super::Table;
use crate::filters::is_absolute;
use crate::python::{bind_one, text};
use crate::render::Render;
use crate::scope::{FileKind, FileStatus};
use crate::{Error, Result, Value};

pub(super) const TABLE: Table = &[
    ("abs", |_, value, _| is_absolute(value)),
    ("directory", |render, value, _| is(render, value, FileKind::Directory)),
    ("exists", |render, value, _| Ok(status(render, value, true)?.is_some())),
    ("file", |render, value, _| is(render, value, FileKind::File)),
    ("is_abs", |_, value, _| is_absolute(value)),
    ("is_dir", |render, value, _| is(render, value, FileKind::Directory)),
    ("is_file", |render, value, _| is(render, value, FileKind::File)),
    ("is_link", |render, value, _| is_link(render, value)),
    ("is_mount", |render, value, _| is_mount(render, value)),
    ("is_same_file", |render, value, args| same_file(render, value, bind_one("same_file", args, "other")?)),
    ("link", |render, value, _| is_link(render, value)),
    ("link_exists", |render, value, _| Ok(status(render, value, false)?.is_some())),
    ("mount", |render, value, _| is_mount(render, value)),
    ("same_file", |render, value, args| same_file(render, value, bind_one("same_file", args, "other")?)),
    ("vaulted_file", |render, value, _| {
        let path = text(value)?;
        let content = render.cx.world.read_file(&path);
        let content = content.map_err(|_| Error::failed(format!("Cannot test if the file {path} is a vault")))?;
        Ok(content.starts_with(b"$ANSIBLE_VAULT"))
    }),
];

fn status(render: &Render<'_>, value: &Value, follow: bool) -> Result<Option<FileStatus>> {
    Ok(render.cx.world.file_status(&text(value)?, follow))
}

fn is(render: &Render<'_>, value: &Value, kind: FileKind) -> Result<bool> {
    Ok(status(render, value, true)?.is_some_and(|status| status.kind == kind))
}

fn is_link(render: &Render<'_>, value: &Value) -> Result<bool> {
    Ok(status(render, value, false)?.is_some_and(|status| status.kind == FileKind::Link))
}

fn is_mount(render: &Render<'_>, value: &Value) -> Result<bool> {
    Ok(status(render, value, false)?.is_some_and(|status| status.is_mount))
}

fn same_file(render: &Render<'_>, value: &Value, other: &Value) -> Result<bool> {
    let of = |value: &Value| -> Result<FileStatus> {
        let path = text(value)?;
        let missing = || Error::failed(format!("[Errno 2] No such file or directory: '{path}'"));
        render.cx.world.file_status(&path, true).ok_or_else(missing)
    };
    Ok(of(value)?.identity == of(other)?.identity)
}
