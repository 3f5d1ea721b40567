use super::*;

/// `hello`, encrypted by ansible-vault with the password `secret`.
const PLAIN_ID: &str = "\
$ANSIBLE_VAULT;1.1;AES256
37363835326430646338363734356361303931333164373030656434306239323362343964653337
3330623634366233636430366235633536333439626462610a333266623930393935333165613937
65613130326633386136323630373263393338336435663438663533646265316431373836353733
6264373561376563340a333134343633366239316464313838326165653862313231333534626435
6232
";

/// `hello`, encrypted by ansible-vault with the password `other` under the id `lab`.
const LABELLED: &str = "\
$ANSIBLE_VAULT;1.2;AES256;lab
61356638393563343063623965616566663534623932663665393436646565346533643131333964
3138306163373563636131663637396464613062333131310a646130623836373764323764656431
65353561626536626665623766396664633365353464643764373038336361653030323562313233
6139393665356136330a616137633932643632326664323838363333393435376335303332323838
3230
";

/// Passwords by their ids.
type Given = &'static [(&'static str, &'static str)];

fn secrets(given: &[(&str, &str)]) -> Secrets {
    let mut secrets = Secrets::default();
    given.iter().for_each(|(id, secret)| secrets.add(id, secret.as_bytes()));
    secrets
}

#[test]
fn opens_what_ansible_vault_wrote() {
    let rows: &[(&str, Given, Result<&str, &str>)] = &[
        (PLAIN_ID, &[("default", "secret")], Ok("hello\n")),
        (PLAIN_ID, &[("a", "wrong"), ("b", "secret")], Ok("hello\n")),
        (PLAIN_ID, &[("default", "wrong")], Err(NO_MATCH)),
        (PLAIN_ID, &[], Err(NO_SECRETS)),
        (LABELLED, &[("default", "secret"), ("lab", "other")], Ok("hello\n")),
        (LABELLED, &[("x", "other")], Ok("hello\n")),
        ("plain", &[("x", "other")], Err("input is not vault encrypted data.")),
        (
            "$ANSIBLE_VAULT;1.1;AES256\n66",
            &[("x", "x")],
            Err("Vault vaulttext format error: not enough values to unpack (expected 3, got 1)"),
        ),
        (
            "$ANSIBLE_VAULT;1.1;AES256\n6x",
            &[("x", "x")],
            Err("Vault format unhexlify error: Non-hexadecimal digit found"),
        ),
        ("$ANSIBLE_VAULT;1.1;AES256\n6", &[("x", "x")], Err("Vault format unhexlify error: Odd-length string")),
        ("$ANSIBLE_VAULT;1.1;AES\n66", &[("x", "x")], Err("AES cipher could not be found")),
        ("$ANSIBLE_VAULT;1.1", &[("x", "x")], Err("Vault envelope format error: list index out of range")),
    ];
    for (text, given, expected) in rows {
        let opened = secrets(given).open_text(text);
        assert_eq!(opened.as_deref().map_err(String::as_str), *expected, "{text} {given:?}");
    }
}

#[test]
fn writes_what_ansible_writes() {
    let expected = "$ANSIBLE_VAULT;1.2;AES256;filter_default\n\
        3631363236330a663136623130316233366436383633393565383631316364373932353637643631\n\
        626634633638353239633937663966323230326564373561333361653534380a3033303062616537\n\
        643762333262346465333739353264663831623665663231\n";
    assert_eq!(encrypt(b"a text", b"pw", "filter_default", b"abc"), expected);
    let text = encrypt(b"0123456789abcdef", b"pw", DEFAULT_ID, b"abc");
    assert!(text.starts_with("$ANSIBLE_VAULT;1.1;AES256\n"), "{text}");
    assert_eq!(secrets(&[("", "pw")]).open_text(&text).unwrap(), "0123456789abcdef");
}

#[test]
fn files_are_named_and_plain_ones_pass() {
    let open = |text: &'static str, given: &[(&str, &str)]| {
        let opened = secrets(given).open_file(Cow::Borrowed(text.as_bytes()), &"/p/x");
        opened.map(|content| String::from_utf8_lossy(&content).into_owned())
    };
    assert_eq!(open("as it is", &[]), Ok("as it is".to_owned()));
    assert_eq!(open(PLAIN_ID, &[("x", "secret")]), Ok("hello\n".to_owned()));
    assert_eq!(open(PLAIN_ID, &[("x", "y")]), Err(format!("{NO_MATCH} on /p/x")));
    let error = open(PLAIN_ID, &[]).unwrap_err();
    assert!(error == NO_SECRETS && is_vault_error(&error));
    assert!(!is_vault_error("file not found"));
}

#[test]
fn passwords_are_not_printed() {
    assert_eq!(format!("{:?}", secrets(&[("id", "password")])), "[\"id\"]");
}
