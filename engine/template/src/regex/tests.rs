use super::*;
use crate::Value;

/// Pattern, flags, text; what `re.search` finds: the match and its groups, or the complaint after `!`.
const SEARCHES: &[(&str, &str, &str, &str)] = &[
    ("a+", "", "caat", "('aa',)"),
    ("^foo$", "", "foo\n", "('foo',)"),
    ("foo\\Z", "", "foo\n", "None"),
    ("(\\d+)-(\\d+)", "", "12-34", "('12-34', '12', '34')"),
    ("(?P<a>x)(?P=a)", "", "xx", "('xx', 'x')"),
    ("(?i)ABC", "", "xabc", "('abc',)"),
    ("[[]", "", "a[b", "('[',)"),
    ("[a&&b]+", "", "a&b", "('a&b',)"),
    ("[a--z]", "", "-", "!bad character range a-- at position 1"),
    ("\\<b", "", "<b", "('<b',)"),
    ("a{,2}b", "", "aab", "('aab',)"),
    ("a{b", "", "a{b", "('a{b',)"),
    ("x{2}", "", "xx", "('xx',)"),
    ("{a}", "", "{a}", "('{a}',)"),
    ("(?s).+", "", "a\nb", "('a\\nb',)"),
    ("^b", "m", "a\nb", "('b',)"),
    ("a$", "m", "a\nb", "('a',)"),
    ("(?m)^b$", "", "a\nb\n", "('b',)"),
    ("\\w+", "", "naïve_1", "('naïve_1',)"),
    ("(?a)\\w+", "", "naïve", "('na',)"),
    ("\\bfoo\\b", "", "a foo b", "('foo',)"),
    ("[\\w.-]+", "", "a.b-c", "('a.b-c',)"),
    ("[^\\W\\d]+", "", "12ab", "('ab',)"),
    ("(?<=a)b", "", "ab", "('b',)"),
    ("(?<!a)b", "", "cb", "('b',)"),
    ("(?:a|b)+?c", "", "abc", "('abc',)"),
    ("(a)?b", "", "b", "('b', None)"),
    ("(a)|(b)", "", "b", "('b', None, 'b')"),
    ("\\x41\\u0042", "", "AB", "('AB',)"),
    ("[]a]+", "", "]a", "(']a',)"),
    ("[^]]+", "", "ab]", "('ab',)"),
    ("a#b", "", "a#b", "('a#b',)"),
    ("(?x) a b # c", "", "ab", "('ab',)"),
    ("(?x)[ #]", "", "#", "('#',)"),
    ("\\.", "", "a.b", "('.',)"),
    ("\\/", "", "a/b", "('/',)"),
    ("\\-\\:", "", "-:", "('-:',)"),
    ("(?i:A)b", "", "ab", "('ab',)"),
    ("(?>a+)b", "", "aab", "('aab',)"),
    ("a++b", "", "aab", "('aab',)"),
    ("(.)\\1", "", "aabb", "('aa', 'a')"),
    ("\\101", "", "A", "('A',)"),
    ("\\0", "", "\u{0}", "('\\x00',)"),
    ("(a)(?(1)b|c)", "", "ab", "('ab', 'a')"),
    ("", "", "abc", "('',)"),
    ("\\s", "", "a\u{1c}b", "('\\x1c',)"),
    ("\\d", "", "١", "('١',)"),
    ("[\\d]", "", "١", "('١',)"),
    ("[a\\]b]+", "", "a]b", "('a]b',)"),
    ("[\\-a]+", "", "-a", "('-a',)"),
    ("[a-]+", "", "a-", "('a-',)"),
    ("[+--]", "", "-", "('-',)"),
    ("(?#c)ab", "", "ab", "('ab',)"),
    ("~~", "", "~~", "('~~',)"),
    ("\"[^\"]*\"", "", "say \"hi\"", "('\"hi\"',)"),
    ("é+", "i", "caféé", "('éé',)"),
    ("É", "i", "é", "('é',)"),
    ("*a", "", "a", "!nothing to repeat at position 0"),
    ("a**", "", "a", "!multiple repeat at position 2"),
    ("(a", "", "a", "!missing ), unterminated subpattern at position 0"),
    ("a)", "", "a", "!unbalanced parenthesis at position 1"),
    ("[a", "", "a", "!unterminated character set at position 0"),
    ("\\q", "", "q", "!bad escape \\q at position 0"),
    ("\\1", "", "a", "!invalid group reference 1 at position 1"),
    ("a(?i)", "", "a", "!global flags not at the start of the expression at position 1"),
    ("(?<n>a)", "", "a", "!unknown extension ?<n at position 1"),
    ("[b-a]", "", "a", "!bad character range b-a at position 1"),
    ("a\\", "", "a", "!bad escape (end of pattern) at position 1"),
    ("(?P>a)", "", "a", "!unknown extension ?P> at position 1"),
    ("(?zq)", "", "a", "!unknown extension ?z at position 1"),
    ("\\xg", "", "a", "!incomplete escape \\x at position 0"),
    ("(?L)a", "", "a", "!bad inline flags: cannot use 'L' flag with a str pattern at position 3"),
    ("\\e", "", "a", "!bad escape \\e at position 0"),
    ("\\z", "", "a", "!bad escape \\z at position 0"),
];

/// Pattern, replacement, text; what `re.sub` gives.
const SUBSTITUTIONS: &[(&str, &str, &str, &str)] = &[
    ("(\\d+)", "<\\1>", "a1b22", "a<1>b<22>"),
    ("(?P<n>\\d)", "\\g<n>\\g<n>", "a1", "a11"),
    ("(a)", "\\g<1>0", "a", "a0"),
    ("x*", "-", "abxd", "-a-b--d-"),
    ("\\w*", "X", "ab cd", "XX XX"),
    ("", "-", "abc", "-a-b-c-"),
    ("a", "\\n", "a", "\n"),
    ("a", "\\\\", "a", "\\"),
    ("a", "\\.", "a", "\\."),
    ("(a)|(b)", "[\\1\\2]", "ab", "[a][b]"),
    ("a", "\\1", "a", "!invalid group reference 1 at position 1"),
    ("a", "\\g<x>", "a", "!unknown group name 'x'"),
    ("a", "\\q", "a", "!bad escape \\q at position 0"),
    ("$", "!", "a\n", "a!\n!"),
    ("^", "> ", "a\nb", "> a\nb"),
    ("(.)", "\\0", "a", "\u{0}"),
    ("\\b", "|", "a bc", "|a| |bc|"),
    ("a", "\\g<0>\\g<0>", "a", "aa"),
    ("a", "\\60", "a", "!invalid group reference 60 at position 1"),
];

/// Pattern, text; where `re.finditer` finds it.
type Spans = &'static [(usize, usize)];
const ALL: &[(&str, &str, Spans)] = &[
    ("\\d", "a1b2", &[(1, 2), (3, 4)]),
    ("(a)(b)?", "ab a", &[(0, 2), (3, 4)]),
    ("x*", "axb", &[(0, 0), (1, 2), (2, 2), (3, 3)]),
    ("\\w+", "a bc", &[(0, 1), (2, 4)]),
    ("(\\w)(\\d)", "a1 b2", &[(0, 2), (3, 5)]),
];

fn flags(letters: &str) -> Flags {
    Flags { ignore_case: letters.contains('i'), multiline: letters.contains('m') }
}

fn search(pattern: &str, letters: &str, text: &str) -> String {
    let pattern = match compile(pattern, flags(letters)) {
        Ok(pattern) => pattern,
        Err(error) => return format!("!{error}"),
    };
    match pattern.find(text) {
        Ok(None) => "None".into(),
        Ok(Some(found)) => Value::tuple((0..=pattern.groups()).map(|i| Value::from(found.group(i)))).repr(),
        Err(error) => format!("!{error}"),
    }
}

#[test]
fn search_finds_what_python_finds() {
    for (pattern, letters, text, expected) in SEARCHES {
        assert_eq!(search(pattern, letters, text), *expected, "{pattern:?} in {text:?}");
    }
}

#[test]
fn substitution_is_pythons() {
    for (pattern, replacement, text, expected) in SUBSTITUTIONS {
        let pattern = compile(pattern, Flags::default()).unwrap();
        let got = substitute(&pattern, replacement, text, 0).map_or_else(|e| format!("!{e}"), |(text, _)| text);
        assert_eq!(got, *expected, "{replacement:?} in {text:?}");
    }
}

#[test]
fn empty_matches_may_touch_others() {
    for (pattern, text, expected) in ALL {
        let pattern = compile(pattern, Flags::default()).unwrap();
        let spans: Vec<_> = pattern.find_all(text, usize::MAX).unwrap().iter().map(Found::span).collect();
        assert_eq!(spans, *expected);
    }
}

#[test]
fn too_much_backtracking_is_an_error() {
    let pattern = compile(r"^(?:a(?!z)|a(?!y))*$", Flags::default()).unwrap();
    assert!(pattern.is_match(&("a".repeat(40) + "c")).is_err());
}
