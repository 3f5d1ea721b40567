//! Label selectors as text, with the API's words for what it cannot read.
use serde_json::Value as Json;

#[derive(Clone, Debug, Default)]
pub(crate) struct Labels(Vec<Requirement>);

#[derive(Clone, Debug, PartialEq)]
struct Requirement {
    key: String,
    test: Test,
}

#[derive(Clone, Debug, PartialEq)]
enum Test {
    Exists,
    Absent,
    In(Vec<String>),
    NotIn(Vec<String>),
    Above(i64),
    Below(i64),
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Word(String),
    Sign(&'static str),
    End,
}

impl Token {
    fn text(&self) -> &str {
        match self {
            Token::Word(word) => word,
            Token::Sign(sign) => sign,
            Token::End => "",
        }
    }
}

impl Labels {
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut reader = Reader { tokens: tokens(text), at: 0 };
        let mut requirements = Vec::new();
        if *reader.peek() == Token::End {
            return Ok(Self(requirements));
        }
        loop {
            requirements.push(reader.requirement().map_err(|e| format!("unable to parse requirement: {e}"))?);
            match reader.next() {
                Token::End => return Ok(Self(requirements)),
                Token::Sign(",") => {}
                other => return Err(format!("found '{}', expected: ',' or 'end of string'", other.text())),
            }
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn matches(&self, labels: Option<&Json>) -> bool {
        self.0.iter().all(|r| {
            let value = labels.and_then(|l| l.get(&r.key)).and_then(Json::as_str);
            let number = || value.and_then(|v| v.parse::<i64>().ok());
            match &r.test {
                Test::Exists => value.is_some(),
                Test::Absent => value.is_none(),
                Test::In(values) => value.is_some_and(|v| values.iter().any(|w| w == v)),
                Test::NotIn(values) => value.is_none_or(|v| values.iter().all(|w| w != v)),
                Test::Above(bound) => number().is_some_and(|n| n > *bound),
                Test::Below(bound) => number().is_some_and(|n| n < *bound),
            }
        })
    }
}

fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let sign = ["==", "!=", "=", "!", ",", "(", ")", ">", "<"].into_iter().find(|s| rest.starts_with(s));
        if let Some(sign) = sign {
            tokens.push(Token::Sign(sign));
            rest = rest.get(sign.len()..).unwrap_or_default();
        } else {
            let special = |c: char| c.is_whitespace() || "=!,()<>".contains(c);
            let end = rest.find(special).unwrap_or(rest.len()).max(first.len_utf8());
            let (word, after) = rest.split_at(end);
            tokens.push(Token::Word(word.to_owned()));
            rest = after;
        }
        rest = rest.trim_start();
    }
    tokens.push(Token::End);
    tokens
}

struct Reader {
    tokens: Vec<Token>,
    at: usize,
}

impl Reader {
    fn peek(&self) -> &Token {
        self.tokens.get(self.at).unwrap_or(&Token::End)
    }

    fn next(&mut self) -> Token {
        let token = self.peek().clone();
        self.at += 1;
        token
    }

    fn requirement(&mut self) -> Result<Requirement, String> {
        let absent = *self.peek() == Token::Sign("!");
        if absent {
            self.next();
        }
        let key = match self.next() {
            Token::Word(word) => word,
            other => return Err(format!("found '{}', expected: identifier", other.text())),
        };
        let wrong = super::super::names::check_qualified(&key);
        if let Some(why) = wrong.first() {
            return Err(format!("<nil>: Invalid value: {key:?}: {why}"));
        }
        let test = match self.peek() {
            Token::End | Token::Sign(",") if absent => Test::Absent,
            Token::End | Token::Sign(",") => Test::Exists,
            _ => self.test(&key)?,
        };
        Ok(Requirement { key, test })
    }

    fn test(&mut self, key: &str) -> Result<Test, String> {
        match self.next() {
            Token::Sign("=" | "==") => Ok(Test::In(vec![self.value()?])),
            Token::Sign("!=") => Ok(Test::NotIn(vec![self.value()?])),
            Token::Word(word) if word == "in" => Ok(Test::In(self.values()?)),
            Token::Word(word) if word == "notin" => Ok(Test::NotIn(self.values()?)),
            Token::Sign(">") => self.bound(key).map(Test::Above),
            Token::Sign("<") => self.bound(key).map(Test::Below),
            other => Err(format!("found '{}', expected: in, notin, =, ==, !=, gt, lt", other.text())),
        }
    }

    fn bound(&mut self, key: &str) -> Result<i64, String> {
        let value = self.value()?;
        value.parse().map_err(|_| {
            format!(
                "values[0][{key}]: Invalid value: {value:?}: for 'Gt', 'Lt' operators, the value must be an integer"
            )
        })
    }

    /// One value; nothing stands for the empty one.
    fn value(&mut self) -> Result<String, String> {
        match self.peek().clone() {
            Token::End | Token::Sign(",") => Ok(String::new()),
            Token::Word(word) => {
                self.next();
                Ok(word)
            }
            other => Err(format!("found '{}', expected: identifier", other.text())),
        }
    }

    fn values(&mut self) -> Result<Vec<String>, String> {
        match self.next() {
            Token::Sign("(") => {}
            other => return Err(format!("found '{}' expected: '('", other.text())),
        }
        let mut values = Vec::new();
        loop {
            match self.next() {
                Token::Word(word) => values.push(word),
                Token::Sign(",") => continue,
                Token::Sign(")") => return Ok(values),
                other => return Err(format!("found '{}', expected: ',', ')' or identifier", other.text())),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn selects_as_the_api_does() {
        let objects = [json!({"i": "0", "par": "even"}), json!({"i": "3", "par": "odd"}), json!({"i": "2"})];
        for (selector, expected) in [
            ("par=even", vec![0]),
            ("par in (even,odd),i notin (3)", vec![0]),
            ("!par", vec![2]),
            ("par", vec![0, 1]),
            ("par!=odd", vec![0, 2]),
            ("i>2", vec![1]),
            ("i<1", vec![0]),
            ("par=", vec![]),
            ("", vec![0, 1, 2]),
        ] {
            let labels = Labels::parse(selector).unwrap();
            let found: Vec<_> = (0..3).filter(|i| labels.matches(Some(&objects[*i]))).collect();
            assert_eq!(found, expected, "{selector}");
        }
    }

    #[test]
    fn refuses_as_the_api_does() {
        for (selector, message) in [
            ("a===b", "unable to parse requirement: found '=', expected: identifier"),
            ("in (", "unable to parse requirement: found '(', expected: in, notin, =, ==, !=, gt, lt"),
        ] {
            assert_eq!(Labels::parse(selector).unwrap_err(), message);
        }
    }

    proptest! {
        #[test]
        fn never_fails_badly(text in "\\PC{0,30}") {
            let _ = Labels::parse(&text);
        }
    }
}
