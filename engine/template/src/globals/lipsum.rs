//! `lipsum`: paragraphs of nonsense.
use crate::python::{bind, flag, index};
use crate::render::{Args, Render};
use crate::{Error, Result, Value};

const WORDS: &[&str] = &[
    "a",
    "ac",
    "accumsan",
    "ad",
    "aliquam",
    "amet",
    "ante",
    "arcu",
    "at",
    "auctor",
    "bibendum",
    "blandit",
    "class",
    "commodo",
    "consectetuer",
    "convallis",
    "cras",
    "curae",
    "dapibus",
    "diam",
    "dictum",
    "dolor",
    "donec",
    "dui",
    "duis",
    "egestas",
    "eget",
    "elit",
    "enim",
    "erat",
    "eros",
    "est",
    "et",
    "etiam",
    "eu",
    "euismod",
    "facilisi",
    "fames",
    "felis",
    "fermentum",
    "feugiat",
    "fringilla",
    "fusce",
    "gravida",
    "habitant",
    "hendrerit",
    "iaculis",
    "id",
    "imperdiet",
    "in",
    "integer",
    "interdum",
    "ipsum",
    "justo",
    "lacinia",
    "lacus",
    "laoreet",
    "lectus",
    "leo",
    "libero",
    "ligula",
    "lobortis",
    "lorem",
    "luctus",
    "maecenas",
    "magna",
    "malesuada",
    "massa",
    "mattis",
    "mauris",
    "metus",
    "mi",
    "molestie",
    "mollis",
    "montes",
    "morbi",
    "mus",
    "nam",
    "nec",
    "neque",
    "nibh",
    "nisi",
    "nisl",
    "non",
    "nulla",
    "nunc",
    "odio",
    "orci",
    "ornare",
    "parturient",
    "pede",
    "pellentesque",
    "pharetra",
    "placerat",
    "porta",
    "posuere",
    "praesent",
    "pretium",
    "primis",
    "proin",
    "pulvinar",
    "purus",
    "quam",
    "quis",
    "rhoncus",
    "risus",
    "rutrum",
    "sagittis",
    "sapien",
    "scelerisque",
    "sed",
    "sem",
    "semper",
    "sit",
    "sociis",
    "sodales",
    "suscipit",
    "tellus",
    "tempor",
    "tempus",
    "tincidunt",
    "tortor",
    "tristique",
    "turpis",
    "ullamcorper",
    "ultrices",
    "urna",
    "ut",
    "varius",
    "vehicula",
    "vel",
    "velit",
    "vestibulum",
    "vitae",
    "vivamus",
    "viverra",
    "volutpat",
    "vulputate",
];

pub(super) fn lipsum(render: &Render<'_>, args: Args) -> Result<Value> {
    let [count, html, min, max] = bind("generate_lorem_ipsum", &args, ["n", "html", "min", "max"])?;
    let size = |value: Option<&Value>, default: i64| value.map_or(Ok(default), index);
    let (count, min, max) = (size(count, 5)?, size(min, 20)?, size(max, 100)?);
    if min >= max {
        return Err(Error::failed(format!("empty range in randrange({min}, {max})")));
    }
    let words = count.max(0).saturating_mul(max.max(0));
    render.charge(usize::try_from(words).unwrap_or(usize::MAX))?;
    let html = html.map_or(Ok(true), |html| flag(Some(html)))?;
    let pick = |below: u64| render.cx.world.random() % below.max(1);
    let paragraphs: Vec<String> = (0..count.max(0))
        .map(|_| {
            let length = min + i64::try_from(pick((max - min).unsigned_abs())).unwrap_or(0);
            let text = paragraph(usize::try_from(length).unwrap_or(0), &pick);
            if html { format!("<p>{text}</p>") } else { text }
        })
        .collect();
    Ok(paragraphs.join(if html { "\n" } else { "\n\n" }).into())
}

fn paragraph(length: usize, pick: &dyn Fn(u64) -> u64) -> String {
    let mut out = String::new();
    let mut start = true;
    for at in 0..length {
        let word = WORDS[usize::try_from(pick(WORDS.len() as u64)).unwrap_or(0)];
        if at > 0 {
            out.push(' ');
        }
        out.push_str(&if start { crate::python::capitalize(word) } else { word.to_owned() });
        start = at + 1 == length || pick(12) == 0;
        if start {
            out.push('.');
        }
    }
    out
}
