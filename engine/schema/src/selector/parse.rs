//! Reading label selectors, with the API's words for what it cannot read.
use std::collections::BTreeSet;

use super::labels::{Requirement, Test, check_key};

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

const OPERATORS: &str = "in, notin, =, ==, !=, gt, lt";

pub(super) fn parse(text: &str) -> Result<Vec<Requirement>, String> {
    let mut reader = Reader { tokens: tokens(text), at: 0 };
    let mut requirements = Vec::new();
    loop {
        match reader.peek() {
            Token::End => return Ok(requirements),
            Token::Word(_) | Token::Sign("!") => {}
            other => return Err(format!("found '{}', expected: !, identifier, or 'end of string'", other.text())),
        }
        requirements.push(reader.requirement().map_err(|e| format!("unable to parse requirement: {e}"))?);
        match reader.next() {
            Token::End => return Ok(requirements),
            Token::Sign(",") => match reader.peek() {
                Token::Word(_) | Token::Sign("!") => {}
                other => return Err(format!("found '{}', expected: identifier after ','", other.text())),
            },
            other => return Err(format!("found '{}', expected: ',' or 'end of string'", other.text())),
        }
    }
}

fn tokens(text: &str) -> Vec<Token> {
    let blank = |c: char| matches!(c, ' ' | '\t' | '\r' | '\n');
    let mut tokens = Vec::new();
    let mut rest = text.trim_start_matches(blank);
    while let Some(first) = rest.chars().next() {
        let sign = ["==", "!=", "=", "!", ",", "(", ")", ">", "<"].into_iter().find(|s| rest.starts_with(s));
        if let Some(sign) = sign {
            tokens.push(Token::Sign(sign));
            rest = rest.get(sign.len()..).unwrap_or_default();
        } else {
            let special = |c: char| blank(c) || "=!,()<>".contains(c);
            let end = rest.find(special).unwrap_or(rest.len()).max(first.len_utf8());
            let (word, after) = rest.split_at(end);
            tokens.push(Token::Word(word.to_owned()));
            rest = after;
        }
        rest = rest.trim_start_matches(blank);
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
        check_key(&key)?;
        let test = match self.peek() {
            _ if absent => Test::Absent,
            Token::End | Token::Sign(",") => Test::Exists,
            _ => self.test()?,
        };
        Requirement::new(&key, test)
    }

    fn test(&mut self) -> Result<Test, String> {
        match self.next() {
            Token::Sign("=" | "==") => self.value().map(Test::Equal),
            Token::Sign("!=") => self.value().map(Test::Unequal),
            Token::Word(word) if word == "in" => self.values().map(Test::In),
            Token::Word(word) if word == "notin" => self.values().map(Test::NotIn),
            Token::Sign(">") => self.value().map(Test::Above),
            Token::Sign("<") => self.value().map(Test::Below),
            other => Err(format!("found '{}', expected: {OPERATORS}", other.text())),
        }
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

    fn values(&mut self) -> Result<BTreeSet<String>, String> {
        match self.next() {
            Token::Sign("(") => {}
            other => return Err(format!("found '{}' expected: '('", other.text())),
        }
        match self.peek() {
            Token::Sign(")") => {
                self.next();
                Ok(BTreeSet::new())
            }
            Token::Word(_) | Token::Sign(",") => self.list(),
            other => Err(format!("found '{}', expected: ',', ')' or identifier", other.text())),
        }
    }

    /// Up to the closing parenthesis; nothing between commas is the empty value.
    fn list(&mut self) -> Result<BTreeSet<String>, String> {
        let mut values = BTreeSet::new();
        loop {
            match self.next() {
                Token::Word(word) => {
                    values.insert(word);
                    match self.next() {
                        Token::Sign(",") if *self.peek() != Token::Sign(")") => {}
                        Token::Sign(",") => drop(values.insert(String::new())),
                        Token::Sign(")") => return Ok(values),
                        other => return Err(format!("found '{}', expected: ',' or ')'", other.text())),
                    }
                }
                Token::Sign(",") => drop(values.insert(String::new())),
                Token::Sign(")") => return Ok(values),
                other => return Err(format!("found '{}', expected: ',', or identifier", other.text())),
            }
        }
    }
}
