use super::*;
use serde_json::json;
use std::collections::HashMap;

fn environment(pairs: &[(&str, &str)]) -> impl Fn(&str) -> Option<String> + Sync {
    let map: HashMap<String, String> = pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    move |name| map.get(name).cloned()
}

fn kubeconfig(server: &str) -> Json {
    json!({"apiVersion": "v1", "kind": "Config", "current-context": "a",
        "clusters": [{"name": "c", "cluster": {"server": server}}],
        "users": [{"name": "u", "user": {"token": "t"}}],
        "contexts": [{"name": "a", "context": {"cluster": "c", "user": "u", "namespace": "n"}},
                     {"name": "b", "context": {"cluster": "gone", "user": "u"}}]})
}

async fn server(options: &Connect, pairs: &[(&str, &str)]) -> String {
    match Cluster::connect_in(options, &environment(pairs)).await {
        Ok(cluster) => format!("{} {}", cluster.server(), cluster.default_namespace()),
        Err(error) => error.to_string(),
    }
}

#[tokio::test]
async fn sources_and_their_order() {
    let directory = tempfile::tempdir().unwrap();
    let write = |name: &str, url: &str| {
        let path = directory.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, kubeconfig(url).to_string()).unwrap();
        path.to_string_lossy().into_owned()
    };
    write(".kube/config", "https://home");
    let listed = write("listed", "https://listed");
    let option = write("option", "https://option");
    let home = directory.path().to_string_lossy().into_owned();
    let home = ("HOME", home.as_str());
    let none = Connect::default();
    let list = format!("/no/such/file:{listed}:{option}");

    assert_eq!(server(&none, &[home]).await, "https://home n");
    assert_eq!(server(&none, &[home, ("KUBECONFIG", &list)]).await, "https://listed n");
    assert_eq!(
        server(&none, &[home, ("KUBECONFIG", &listed), ("K8S_AUTH_KUBECONFIG", &option)]).await,
        "https://option n"
    );
    let data = Connect { kubeconfig_data: Some(kubeconfig("https://data")), ..none.clone() };
    assert_eq!(server(&data, &[home, ("K8S_AUTH_KUBECONFIG", &option)]).await, "https://data n");
    let host = Connect { host: Some("https://explicit/".into()), ..none.clone() };
    assert_eq!(server(&host, &[home]).await, "https://explicit n");
    assert_eq!(server(&host, &[]).await, "https://explicit default");
    let whole = Connect { api_key: Some("k".into()), kubeconfig: Some("/no/such/file".into()), ..host };
    assert_eq!(server(&whole, &[]).await, "https://explicit default");
}

#[tokio::test]
async fn failures_say_what_is_wrong() {
    let data = |context: &str| Connect {
        kubeconfig_data: Some(kubeconfig("https://data")),
        context: Some(context.into()),
        ..Connect::default()
    };
    assert_eq!(
        server(&data("nope"), &[]).await,
        "Invalid kube-config file. Expected object with name nope in the given kubeconfig/contexts list"
    );
    assert_eq!(
        server(&data("b"), &[]).await,
        "Invalid kube-config file. Expected object with name gone in the given kubeconfig/clusters list"
    );
    assert_eq!(
        server(&Connect::default(), &[("HOME", "/no/such/home")]).await,
        "Invalid kube-config file. No configuration found."
    );
    let proxied = Connect { proxy: Some("socks5://x:1".into()), ..data("a") };
    assert!(server(&proxied, &[]).await.contains("only http:// proxies"));
    let missing = Connect { kubeconfig: Some("/no/such/file".into()), ..Connect::default() };
    assert!(server(&missing, &[]).await.contains("/no/such/file"));
}

#[test]
fn the_environment_fills_gaps() {
    let pairs = [
        ("K8S_AUTH_HOST", "https://h"),
        ("K8S_AUTH_VERIFY_SSL", "No"),
        ("K8S_AUTH_IMPERSONATE_GROUPS", "a,,b"),
        ("K8S_AUTH_CONTEXT", ""),
        ("K8S_AUTH_PROXY_HEADERS_USER_AGENT", "x"),
    ];
    let given = Connect { host: Some("https://own".into()), ..Connect::default() };
    let filled = given.over_environment(&environment(&pairs));
    assert_eq!(filled.host.as_deref(), Some("https://own"));
    assert_eq!(filled.validate_certs, Some(false));
    assert_eq!(filled.impersonate_groups, ["a", "b"]);
    assert_eq!(filled.context, None);
    assert_eq!(filled.proxy_headers, Some(json!({"user_agent": "x"})));
}
