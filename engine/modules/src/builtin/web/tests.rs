use super::{file_name, get_url::GetUrl, uri::Uri};
use crate::builtin::testing::Machine;
use serde_json::{Value as Json, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};

/// A server on loopback that answers until the test ends.
fn server() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || answer(stream));
        }
    });
    format!("http://{address}")
}

fn answer(mut stream: TcpStream) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        if line.trim().is_empty() {
            break;
        }
        lines.push(line.trim().to_owned());
    }
    let header = |name: &str| {
        lines.iter().find_map(|line| {
            line.to_ascii_lowercase().starts_with(name).then(|| line.split_once(": ").unwrap().1.to_owned())
        })
    };
    let mut body = vec![0; header("content-length:").map_or(0, |length| length.parse().unwrap())];
    reader.read_exact(&mut body).ok()?;
    let path = lines.first()?.split(' ').nth(1)?.to_owned();
    let authorized = header("authorization:");
    let said = format!(
        "{{\"line\": \"{}\", \"body\": {}, \"type\": \"{}\", \"auth\": \"{}\"}}",
        lines[0],
        Json::from(String::from_utf8_lossy(&body).into_owned()),
        header("content-type:").unwrap_or_default(),
        authorized.clone().unwrap_or_default()
    );
    let (status, extra, text) = match path.as_str() {
        "/json" => (
            "200 OK",
            "Content-Type: application/json\r\nX-Test: v\r\nSet-Cookie: a=b; Path=/\r\n",
            "{\"a\": [1, 2]}".to_owned(),
        ),
        "/text" => ("200 OK", "Content-Type: text/plain\r\n", "plain".to_owned()),
        "/redirect" => ("302 Found", "Location: /text\r\n", "moved".to_owned()),
        "/post" => ("201 Created", "Content-Type: application/json\r\n", said),
        "/auth" if authorized.is_none() => {
            ("401 Unauthorized", "WWW-Authenticate: Basic realm=\"r\"\r\n", "no".to_owned())
        }
        "/auth" => ("200 OK", "", "in".to_owned()),
        "/sums" => ("200 OK", "", "68c46e84d76d2e7e686e5158bf598909abd4e45b  text\nabc  other\n".to_owned()),
        _ => ("404 Not Found", "Content-Type: text/plain\r\n", "gone".to_owned()),
    };
    let head = format!("HTTP/1.1 {status}\r\n{extra}Content-Length: {}\r\nConnection: close\r\n\r\n", text.len());
    let text = if lines[0].starts_with("HEAD") { String::new() } else { text };
    stream.write_all(format!("{head}{text}").as_bytes()).ok()
}

fn rows(machine: &Machine, module: &dyn rolewright_run::Module, server: &str, rows: &[(Json, Json)]) {
    for (args, expected) in rows {
        let mut args = args.clone();
        let url = args["url"].as_str().unwrap().replace("SERVER", server);
        args["url"] = json!(url);
        let result = machine.result(module, args.clone());
        for (name, value) in expected.as_object().unwrap() {
            let actual = result.get(name).unwrap_or(&Json::Null);
            let actual = match actual {
                Json::String(text) => json!(text.replace(server, "SERVER")),
                other => other.clone(),
            };
            assert_eq!(&actual, value, "{name} of {args}: {result}");
        }
    }
}

#[test]
fn answers() {
    let (machine, server) = (Machine::new(), server());
    machine.write("src", "vm\n");
    let post = |extra: Json| {
        let mut args = json!({"url": "SERVER/post", "method": "post", "status_code": 201});
        args.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        args
    };
    let said = |body: &str, kind: &str, auth: &str| json!({"status": 201, "json": {"line": "POST /post HTTP/1.1", "body": body, "type": kind, "auth": auth}});
    let form = "application/x-www-form-urlencoded";
    rows(
        &machine,
        &Uri,
        &server,
        &[
            (
                json!({"url": "SERVER/json"}),
                json!({
                    "changed": false, "failed": false, "status": 200, "json": {"a": [1, 2]}, "msg": "OK (13 bytes)",
                    "content": null, "content_type": "application/json", "content_length": "13", "x_test": "v",
                    "redirected": false, "url": "SERVER/json", "cookies": {"a": "b"}, "cookies_string": "a=b",
                    "elapsed": 0,
                }),
            ),
            (json!({"url": "SERVER/text", "return_content": true}), json!({"content": "plain", "json": null})),
            (
                json!({"url": "SERVER/missing"}),
                json!({
                    "failed": true, "status": 404, "content": null,
                    "msg": "Status code was 404 and not [200]: HTTP Error 404: Not Found",
                }),
            ),
            (
                json!({"url": "SERVER/missing", "status_code": [200, "404"]}),
                json!({"failed": false, "status": 404, "body": "gone", "msg": "HTTP Error 404: Not Found"}),
            ),
            (
                post(json!({"body": {"a": 1, "b": [1, "x y"]}, "body_format": "json"})),
                said(r#"{"a": 1, "b": [1, "x y"]}"#, "application/json", ""),
            ),
            (
                post(json!({"body": {"a": 1, "b": [1, "x y"]}, "body_format": "form-urlencoded"})),
                said("a=1&b=1&b=x+y", form, ""),
            ),
            (
                post(json!({"body": "raw", "user": "u", "password": "p", "force_basic_auth": true})),
                said("raw", form, "Basic dTpw"),
            ),
            (post(json!({"src": "src", "headers": {"Content-Type": "text/x"}})), said("vm\n", "text/x", "")),
            (
                json!({"url": "SERVER/redirect", "return_content": true}),
                json!({"status": 200, "content": "plain", "redirected": true, "url": "SERVER/text"}),
            ),
            (
                json!({"url": "SERVER/redirect", "follow_redirects": "none", "status_code": 302}),
                json!({"status": 302, "location": "SERVER/text", "redirected": false, "body": "moved"}),
            ),
            (json!({"url": "SERVER/auth", "user": "u", "password": "p"}), json!({"status": 200})),
            (
                json!({"url": "SERVER/text", "dest": "@/t"}),
                json!({"changed": true, "path": "@/t", "mode": "0644", "size": 5, "state": "file"}),
            ),
            (json!({"url": "SERVER/text", "dest": "@/t"}), json!({"changed": false})),
            (json!({"url": "SERVER/text", "dest": "@"}), json!({"changed": true, "path": "@/text"})),
            (
                json!({"url": "SERVER/text", "creates": "@/t"}),
                json!({"changed": false, "stdout": "skipped, since '@/t' exists"}),
            ),
            (
                json!({"url": "http://127.0.0.1:1/x"}),
                json!({
                    "failed": true, "status": -1, "redirected": false, "url": "http://127.0.0.1:1/x",
                    "msg": "Status code was -1 and not [200]: Request failed: <urlopen error [Errno 111] Connection refused>",
                }),
            ),
        ],
    );
}

#[test]
fn files_from_servers() {
    let (machine, server) = (Machine::new(), server());
    let sum = "68c46e84d76d2e7e686e5158bf598909abd4e45b";
    rows(
        &machine,
        &GetUrl,
        &server,
        &[
            (
                json!({"url": "SERVER/text", "dest": "@/g"}),
                json!({
                    "changed": true, "checksum_dest": null, "checksum_src": sum, "dest": "@/g", "status_code": 200,
                    "md5sum": "ac7938d40cfc2307e2bf325d28e7884e", "msg": "OK (5 bytes)", "url": "SERVER/text",
                    "mode": "0644", "elapsed": 0,
                }),
            ),
            (json!({"url": "SERVER/text", "dest": "@/g"}), json!({"changed": false, "checksum_dest": sum})),
            (json!({"url": "SERVER/text", "dest": "@/"}), json!({"changed": true, "dest": "@/text"})),
            (
                json!({"url": "SERVER/missing", "dest": "@/g2"}),
                json!({
                    "failed": true, "msg": "Request failed", "response": "HTTP Error 404: Not Found",
                    "status_code": 404, "dest": "@/g2",
                }),
            ),
            (
                json!({"url": "SERVER/text", "dest": "@/g3", "checksum": "sha1:abc"}),
                json!({"failed": true, "msg": format!("The checksum for @/g3 did not match abc; it was {sum}.")}),
            ),
            (
                json!({"url": "SERVER/text", "dest": "@/g4", "checksum": format!("sha1:{sum}"), "mode": "0600"}),
                json!({"changed": true, "mode": "0600"}),
            ),
            (
                json!({"url": "SERVER/none", "dest": "@/g4", "checksum": format!("sha1:{sum}")}),
                json!({"changed": false, "msg": "file already exists"}),
            ),
            (
                json!({"url": "SERVER/text", "dest": "@/g6", "checksum": format!("sha1:{server}/sums")}),
                json!({"changed": true}),
            ),
            (
                json!({"url": "SERVER/text", "dest": "@/no/g5"}),
                json!({"failed": true, "msg": "Destination @/no does not exist"}),
            ),
            (
                json!({"url": "http://127.0.0.1:1/x", "dest": "@/g"}),
                json!({"failed": true, "msg": "Request failed: <urlopen error [Errno 111] Connection refused>"}),
            ),
        ],
    );
    assert!(!machine.path("g3").exists());
    let machine = machine.checking();
    let fields = machine.fields(&GetUrl, json!({"url": format!("{server}/text"), "dest": "@/g5"}), &["changed"]);
    assert_eq!(fields, [true]);
    assert!(!machine.path("g5").exists());
}

#[test]
fn names_of_files() {
    for (url, disposition, expected) in [
        ("http://h/a/b.tgz?x=1", None, "b.tgz"),
        ("http://h/", None, "index.html"),
        ("http://h", None, "index.html"),
        ("http://h/x", Some("attachment; filename=\"../y.zip\""), "y.zip"),
        ("http://h/x", Some("inline"), "x"),
    ] {
        assert_eq!(file_name(url, disposition), expected, "{url}");
    }
}
