use super::*;

#[test]
fn found_by_short_and_full_name() {
    for (name, known) in [
        ("file", true),
        ("ansible.builtin.file", true),
        ("ansible.legacy.env", true),
        ("community.general.flattened", true),
        ("flattened", false),
        ("nope", false),
    ] {
        assert_eq!(AllLookups.find(name).is_some(), known, "{name}");
    }
}

#[test]
fn terms_with_pairs() {
    let (plain, pairs) = split_term("user name section='a b' file=c").unwrap();
    assert_eq!(plain, ["user", "name"]);
    assert_eq!(pairs, [("section".into(), "a b".into()), ("file".into(), "c".into())]);
    assert!(split_term("it's").is_err());
}
