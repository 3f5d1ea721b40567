//! How fast the sandbox starts and writes. Run with `cargo test --release -p rolewright-sandbox --test speed -- --nocapture`;
//! the limits asserted here are wide, for machines that do other things meanwhile.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a test tells, and fails by panicking")]
use http_body_util::BodyExt;
use rolewright_sandbox::{Body, Options, Sandbox};
use std::time::{Duration, Instant};
use tower::Service as _;

async fn ask(sandbox: &Sandbox, method: &str, path: &str, body: String) -> u16 {
    let request = http::Request::builder().method(method).uri(path).header("content-type", "application/json");
    let response = sandbox.service().call(request.body(Body::from(body)).unwrap()).await.unwrap();
    let status = response.status().as_u16();
    response.into_body().collect().await.unwrap();
    status
}

#[tokio::test]
async fn starts_and_writes_fast() {
    let start = Instant::now();
    let sandbox = Sandbox::start(Options::default());
    assert_eq!(ask(&sandbox, "GET", "/readyz", String::new()).await, 200);
    let ready = start.elapsed();
    let count = 1000;
    let start = Instant::now();
    for i in 0..count {
        let body = format!(
            r#"{{"apiVersion":"v1","kind":"ConfigMap","metadata":{{"name":"c{i}","labels":{{"a":"b"}}}},"data":{{"k":"v"}}}}"#
        );
        assert_eq!(ask(&sandbox, "POST", "/api/v1/namespaces/default/configmaps", body).await, 201);
    }
    let created = start.elapsed();
    let start = Instant::now();
    let body = r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c0"},"data":{"k":"N"}}"#;
    for i in 0..count {
        let body = body.replace('N', &i.to_string());
        assert_eq!(ask(&sandbox, "PUT", "/api/v1/namespaces/default/configmaps/c0", body).await, 200);
    }
    let updated = start.elapsed();
    let rate = |time: Duration| f64::from(count) / time.as_secs_f64();
    println!("ready after {ready:?}; {:.0} creates/s, {:.0} updates/s", rate(created), rate(updated));
    assert!(ready < Duration::from_secs(1) && rate(created) > 100.0 && rate(updated) > 100.0);
}
