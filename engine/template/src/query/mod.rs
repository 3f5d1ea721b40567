//! JMESPath over our own values: the parser is the `jmespath` crate's, the evaluator keeps dict order and types.
mod functions;
mod interpret;

use crate::{Error, Result, Value};
use jmespath::ast::Ast;
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

/// Expressions come from projects, so there are few; the bound is for those built from data.
const CACHED: usize = 500;

thread_local! {
    /// The parser's literals cannot be shared between threads.
    static CACHE: RefCell<HashMap<String, Rc<Ast>>> = RefCell::default();
}

/// `jmespath.search`.
pub(crate) fn search(expression: &str, data: &Value) -> Result<Value> {
    let parsed = parse(expression)?;
    interpret::evaluate(&parsed, data, 0).and_then(interpret::Found::value)
}

fn parse(expression: &str) -> Result<Rc<Ast>> {
    if let Some(found) = CACHE.with_borrow(|cache| cache.get(expression).cloned()) {
        return Ok(found);
    }
    let parsed = jmespath::parse(expression).map_err(|error| {
        let error = error.to_string();
        Error::failed(format!("JMESPathError in json_query filter plugin:\n{}", error.trim_end()))
    })?;
    let parsed = Rc::new(parsed);
    CACHE.with_borrow_mut(|cache| {
        if cache.len() >= CACHED {
            cache.clear();
        }
        cache.insert(expression.to_owned(), parsed.clone());
    });
    Ok(parsed)
}
