//! Binding the arguments of a call to the parameters of a function.
use crate::render::Args;
use crate::{Error, Result, Value};

/// The arguments by parameter, `None` where one is not given; Python's complaint when they do not fit.
pub(crate) fn bind<'a, const N: usize>(
    function: &str,
    args: &'a Args,
    parameters: [&str; N],
) -> Result<[Option<&'a Value>; N]> {
    if args.positional.len() > N {
        let given = args.positional.len();
        return Err(Error::wrong_type(format!("{function}() takes at most {N} arguments ({given} given)")));
    }
    let mut bound = [None; N];
    for (slot, value) in bound.iter_mut().zip(&args.positional) {
        *slot = Some(value);
    }
    for (name, value) in &args.named {
        let Some(at) = parameters.iter().position(|parameter| *parameter == &**name) else {
            return Err(Error::wrong_type(format!("{function}() got an unexpected keyword argument '{name}'")));
        };
        if bound[at].is_some() {
            return Err(Error::wrong_type(format!("{function}() got multiple values for argument '{name}'")));
        }
        bound[at] = Some(value);
    }
    Ok(bound)
}

/// The one argument of a function that needs it.
pub(crate) fn bind_one<'a>(function: &str, args: &'a Args, parameter: &str) -> Result<&'a Value> {
    let [value] = bind(function, args, [parameter])?;
    value.ok_or_else(|| missing(function, parameter))
}

/// A parameter that has no default.
pub(crate) fn only<'a>(function: &str, parameter: &str, value: Option<&'a Value>) -> Result<&'a Value> {
    value.ok_or_else(|| missing(function, parameter))
}

fn missing(function: &str, parameter: &str) -> Error {
    Error::wrong_type(format!("{function}() missing 1 required positional argument: '{parameter}'"))
}
