//! The whole door against the sandbox.
use crate::{
    Cluster, Connect, DeleteOptions, Error, Gvk, ListOptions, Owner, PRIMARY_RESOURCE, PRIMARY_RESOURCE_TYPE,
    PatchKind, Resource, WatchEvent, WatchOptions, WriteOptions,
};
use futures::StreamExt;
use parking_lot::Mutex;
use rolewright_sandbox::{Matcher, Options, Sandbox};
use serde_json::{Value as Json, json};
use std::sync::Arc;
use std::time::Duration;

fn start() -> (Sandbox, Cluster) {
    let sandbox = Sandbox::start(Options::default());
    let cluster = Cluster::in_process(sandbox.service(), "default");
    (sandbox, cluster)
}

fn config_map(name: &str) -> Json {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": {"a": "1"}})
}

async fn config_maps(cluster: &Cluster) -> Resource {
    cluster.resolve("v1", "ConfigMap").await.unwrap()
}

const NS: Option<&str> = Some("default");

#[tokio::test]
async fn objects_come_and_go() {
    let (_sandbox, cluster) = start();
    let r = config_maps(&cluster).await;
    let w = WriteOptions::default();
    assert!(cluster.get(&r, NS, "x").await.unwrap().is_none());
    let dry = WriteOptions { dry_run: true, ..w.clone() };
    assert!(cluster.create(&r, NS, &config_map("x"), &dry).await.unwrap()["metadata"]["uid"].is_string());
    assert!(cluster.get(&r, NS, "x").await.unwrap().is_none());
    cluster.create(&r, NS, &config_map("x"), &w).await.unwrap();
    assert!(cluster.create(&r, NS, &config_map("x"), &w).await.unwrap_err().is_conflict());
    let patched = cluster.patch(&r, NS, "x", PatchKind::Merge, &json!({"data": {"b": "2"}}), &w).await.unwrap();
    assert_eq!(patched["data"], json!({"a": "1", "b": "2"}));
    let replaced = cluster.replace(&r, NS, &config_map("x"), &w).await.unwrap();
    assert_eq!(replaced["data"], json!({"a": "1"}));
    let patch = json!([{"op": "add", "path": "/data/c", "value": "3"}]);
    let patched = cluster.patch(&r, NS, "x", PatchKind::Json, &patch, &w).await.unwrap();
    assert_eq!(patched["data"]["c"], "3");
    let list = cluster.list(&r, NS, &ListOptions::default()).await.unwrap();
    assert!(list.items.iter().all(|item| item["kind"] == "ConfigMap" && item["apiVersion"] == "v1"));
    cluster.delete(&r, NS, "x", &DeleteOptions::default()).await.unwrap();
    let error = cluster.delete(&r, NS, "x", &DeleteOptions::default()).await.unwrap_err();
    assert!(error.is_not_found());
    assert_eq!(error.to_string(), "configmaps \"x\" not found");
}

#[tokio::test]
async fn long_lists_come_in_pages() {
    let (_sandbox, cluster) = start();
    let r = config_maps(&cluster).await;
    for i in 0..620 {
        cluster.create(&r, NS, &config_map(&format!("x{i}")), &WriteOptions::default()).await.unwrap();
    }
    let counting = cluster.counting();
    let list = counting.list(&r, NS, &ListOptions::default()).await.unwrap();
    assert!(list.items.len() >= 620);
    assert_eq!(counting.counts().of("list"), 2);
    assert_eq!(cluster.counts().of("create"), 620);
}

#[tokio::test]
async fn names_are_found_and_missed() {
    let (_sandbox, cluster) = start();
    for (api_version, name) in [("apps/v1", "Deployment"), ("v1", "Deployment"), ("apps/v1", "deploy"), ("v1", "cm")] {
        assert!(cluster.resolve(api_version, name).await.is_ok(), "{api_version} {name}");
    }
    let error = cluster.resolve("example.com/v1", "Foo").await.unwrap_err();
    assert!(matches!(&error, Error::UnknownKind(text) if text
        == "Failed to find exact match for example.com/v1.Foo by [kind, name, singularName, shortNames]"));
    let counting = cluster.counting();
    counting.resolve("v1", "Pod").await.unwrap();
    assert_eq!(counting.counts().total(), 0);
}

#[tokio::test]
async fn what_an_owner_creates_is_marked() {
    let (_sandbox, cluster) = start();
    let r = config_maps(&cluster).await;
    let w = WriteOptions::default();
    let told = Arc::new(Mutex::new(Vec::<(String, Option<String>)>::new()));
    let seen = Arc::clone(&told);
    let owner = Owner {
        gvk: Gvk::from_api_version("example.com/v1", "Foo"),
        name: "f".into(),
        namespace: Some("default".into()),
        uid: "6f0b4f1e-0000-0000-0000-000000000000".into(),
    };
    let owned = cluster.owned_by(owner).on_dependent(Arc::new(move |resource, namespace| {
        seen.lock().push((resource.gvk.kind.clone(), namespace.map(str::to_owned)));
    }));
    let uid = |object: &Json| object["metadata"]["ownerReferences"][0]["uid"].clone();

    let created = owned.create(&r, NS, &config_map("created"), &w).await.unwrap();
    assert!(uid(&created).is_string());
    // Server-side apply creates with the mark, and keeps it when it applies again.
    for _ in 0..2 {
        let applied = owned.patch(&r, NS, "applied", PatchKind::Apply, &config_map("applied"), &w).await.unwrap();
        assert!(uid(&applied).is_string());
    }
    // What exists already is not adopted.
    cluster.create(&r, NS, &config_map("foreign"), &w).await.unwrap();
    let force = WriteOptions { force: true, ..w.clone() };
    let applied = owned.patch(&r, NS, "foreign", PatchKind::Apply, &config_map("foreign"), &force).await.unwrap();
    assert!(uid(&applied).is_null());
    // A replace does not drop the mark.
    assert!(uid(&owned.replace(&r, NS, &config_map("created"), &w).await.unwrap()).is_string());

    let namespaces = cluster.resolve("v1", "Namespace").await.unwrap();
    let made = owned.create(&namespaces, None, &json!({"metadata": {"name": "other"}}), &w).await.unwrap();
    assert_eq!(made["metadata"]["annotations"][PRIMARY_RESOURCE], "default/f");
    assert_eq!(made["metadata"]["annotations"][PRIMARY_RESOURCE_TYPE], "Foo.example.com");
    let across = owned.create(&r, Some("other"), &config_map("x"), &w).await.unwrap();
    assert_eq!(across["metadata"]["annotations"][PRIMARY_RESOURCE], "default/f");
    assert!(uid(&across).is_null());
    assert!(told.lock().contains(&("Namespace".into(), None)));

    told.lock().clear();
    cluster.get(&r, NS, "created").await.unwrap();
    assert!(told.lock().is_empty());
    owned.get(&r, NS, "created").await.unwrap();
    owned.get(&r, NS, "foreign").await.unwrap();
    assert_eq!(*told.lock(), [("ConfigMap".to_owned(), Some("default".to_owned()))]);
}

#[tokio::test]
async fn faults_are_ridden_out_but_creates_are_not_doubled() {
    let (sandbox, cluster) = start();
    let r = config_maps(&cluster).await;
    let w = WriteOptions::default();
    cluster.create(&r, NS, &config_map("x"), &w).await.unwrap();
    let faults = sandbox.faults();
    faults.fail_next(Matcher::any().verb("get"), 503, 2);
    assert!(cluster.get(&r, NS, "x").await.unwrap().is_some());
    faults.fail_next(Matcher::any().verb("create"), 503, 1);
    assert_eq!(cluster.create(&r, NS, &config_map("y"), &w).await.unwrap_err().code(), Some(503));
    faults.fail_next(Matcher::any().verb("create"), 429, 1);
    cluster.create(&r, NS, &config_map("y"), &w).await.unwrap();
    sandbox.pause();
    let error = cluster.create(&r, NS, &config_map("z"), &w).await.unwrap_err();
    assert!(matches!(error, Error::Unreachable { .. }), "{error}");
    sandbox.resume();
}

async fn next(stream: &mut (impl futures::Stream<Item = WatchEvent> + Unpin)) -> WatchEvent {
    tokio::time::timeout(Duration::from_secs(20), stream.next()).await.expect("an event in time").unwrap()
}

#[tokio::test]
async fn a_watch_heals_itself() {
    let (sandbox, cluster) = start();
    let r = config_maps(&cluster).await;
    let w = WriteOptions::default();
    let options = WatchOptions { field_selector: Some("metadata.name=x".into()), ..WatchOptions::default() };
    let mut stream = cluster.watch(&r, NS, &options);
    assert!(matches!(next(&mut stream).await, WatchEvent::Listed(items) if items.is_empty()));
    cluster.create(&r, NS, &config_map("x"), &w).await.unwrap();
    assert!(matches!(next(&mut stream).await, WatchEvent::Applied(o) if o["metadata"]["name"] == "x"));
    sandbox.faults().cut_watches(Matcher::any());
    cluster.delete(&r, NS, "x", &DeleteOptions::default()).await.unwrap();
    assert!(matches!(next(&mut stream).await, WatchEvent::Deleted(_)));
}

#[tokio::test]
async fn a_watch_of_a_kind_that_is_not_there_waits_for_it() {
    let (_sandbox, cluster) = start();
    let missing = Resource {
        gvk: Gvk::from_api_version("example.com/v1", "Foo"),
        plural: "foos".into(),
        ..config_maps(&cluster).await
    };
    let mut stream = cluster.watch(&missing, None, &WatchOptions::default());
    assert!(matches!(next(&mut stream).await, WatchEvent::Interrupted(_)));
    let crds = cluster.resolve("apiextensions.k8s.io/v1", "CustomResourceDefinition").await.unwrap();
    let crd = json!({"metadata": {"name": "foos.example.com"}, "spec": {
        "group": "example.com", "scope": "Namespaced", "names": {"plural": "foos", "singular": "foo", "kind": "Foo"},
        "versions": [{"name": "v1", "served": true, "storage": true, "schema": {"openAPIV3Schema":
            {"type": "object", "x-kubernetes-preserve-unknown-fields": true}}}]}});
    cluster.create(&crds, None, &crd, &WriteOptions::default()).await.unwrap();
    assert!(matches!(next(&mut stream).await, WatchEvent::Listed(items) if items.is_empty()));
    // Discovery knows it without being asked to forget.
    assert_eq!(cluster.resolve("example.com/v1", "Foo").await.unwrap().plural, "foos");
}

#[test]
fn threads_of_their_own_may_block() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().worker_threads(1).build().unwrap();
    let (_sandbox, cluster) = runtime.block_on(async { start() });
    let version = std::thread::spawn(move || cluster.block_on(cluster.version())).join().unwrap().unwrap();
    assert_eq!(version["major"], "1");
}

/// A proxy that says yes to one CONNECT and passes bytes on; tells what it was asked.
async fn proxy() -> (std::net::SocketAddr, tokio::task::JoinHandle<String>) {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let asked = tokio::spawn(async move {
        let (mut client, _) = listener.accept().await.unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(client.read_u8().await.unwrap());
        }
        let head = String::from_utf8(head).unwrap();
        let target = head.split(' ').nth(1).unwrap().to_owned();
        let mut server = tokio::net::TcpStream::connect(target).await.unwrap();
        client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await.unwrap();
        tokio::spawn(async move { tokio::io::copy_bidirectional(&mut client, &mut server).await });
        head
    });
    (address, asked)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn over_a_socket_and_through_a_proxy() {
    let (sandbox, _) = start();
    let address = sandbox.listen("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("kubeconfig");
    sandbox.write_kubeconfig(address, &path).unwrap();
    let nothing = |_: &str| None;
    let options = Connect { kubeconfig: Some(path.clone()), ..Connect::default() };
    let cluster = Cluster::connect_in(&options, &nothing).await.unwrap();
    let r = config_maps(&cluster).await;
    let mut stream = cluster.watch(&r, NS, &WatchOptions::default());
    assert!(matches!(next(&mut stream).await, WatchEvent::Listed(_)));
    cluster.create(&r, NS, &config_map("x"), &WriteOptions::default()).await.unwrap();
    assert!(matches!(next(&mut stream).await, WatchEvent::Applied(_)));

    let (proxy, asked) = proxy().await;
    let headers = json!({"proxy_basic_auth": "u:p", "user_agent": "me"});
    let options = Connect { proxy: Some(format!("http://{proxy}")), proxy_headers: Some(headers), ..options };
    let cluster = Cluster::connect_in(&options, &nothing).await.unwrap();
    assert!(cluster.get(&r, NS, "x").await.unwrap().is_some());
    let asked = asked.await.unwrap();
    assert!(asked.starts_with(&format!("CONNECT {address} HTTP/1.1\r\n")), "{asked}");
    assert!(asked.contains("Proxy-Authorization: Basic dTpw\r\n") && asked.contains("User-Agent: me\r\n"), "{asked}");
}

#[tokio::test]
async fn a_server_that_is_not_there() {
    let options = Connect { host: Some("http://127.0.0.1:1".into()), ..Connect::default() };
    let cluster = Cluster::connect_in(&options, &|_| None).await.unwrap();
    let error = cluster.version().await.unwrap_err();
    let text = error.to_string();
    assert!(text.starts_with("cannot reach the Kubernetes API at http://127.0.0.1:1: "), "{text}");
    assert!(text.contains("refused"), "{text}");
}
