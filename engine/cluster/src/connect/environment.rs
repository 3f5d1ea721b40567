//! `K8S_AUTH_*` below the options.
use super::{Connect, Environment};
use serde_json::{Map, Value as Json};
use std::path::PathBuf;

impl Connect {
    /// Nothing is said: whoever has a connection already may use that.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// What is not said explicitly is taken from `K8S_AUTH_*`; empty variables count as unset.
    pub fn over_environment(&self, environment: Environment<'_>) -> Self {
        let first = |names: &[&str]| {
            let mut values = names.iter().filter_map(|name| environment(&format!("K8S_AUTH_{name}")));
            values.find(|value| !value.is_empty())
        };
        let text = |given: &Option<String>, names: &[&str]| given.clone().or_else(|| first(names));
        let path = |given: &Option<PathBuf>, names: &[&str]| given.clone().or_else(|| first(names).map(PathBuf::from));
        let kubeconfig = match &self.kubeconfig_data {
            Some(_) => None,
            None => path(&self.kubeconfig, &["KUBECONFIG"]),
        };
        let groups = || first(&["IMPERSONATE_GROUPS"]).unwrap_or_default();
        Self {
            kubeconfig,
            kubeconfig_data: self.kubeconfig_data.clone(),
            context: text(&self.context, &["CONTEXT"]),
            host: text(&self.host, &["HOST"]),
            api_key: text(&self.api_key, &["API_KEY"]),
            username: text(&self.username, &["USERNAME"]),
            password: text(&self.password, &["PASSWORD"]),
            client_cert: path(&self.client_cert, &["CLIENT_CERT", "CERT_FILE"]),
            client_key: path(&self.client_key, &["CLIENT_KEY", "KEY_FILE"]),
            ca_cert: path(&self.ca_cert, &["CA_CERT", "SSL_CA_CERT"]),
            validate_certs: self.validate_certs.or_else(|| first(&["VALIDATE_CERTS", "VERIFY_SSL"]).map(is_true)),
            proxy: text(&self.proxy, &["PROXY"]),
            no_proxy: text(&self.no_proxy, &["NO_PROXY"]),
            proxy_headers: self.proxy_headers.clone().or_else(|| headers(first)),
            impersonate_user: text(&self.impersonate_user, &["IMPERSONATE_USER"]),
            impersonate_groups: if self.impersonate_groups.is_empty() {
                groups().split(',').map(str::trim).filter(|g| !g.is_empty()).map(str::to_owned).collect()
            } else {
                self.impersonate_groups.clone()
            },
        }
    }
}

fn is_true(text: String) -> bool {
    !["0", "false", "no"].contains(&text.to_ascii_lowercase().as_str())
}

fn headers(first: impl Fn(&[&str]) -> Option<String>) -> Option<Json> {
    let mut map = Map::new();
    for key in ["proxy_basic_auth", "basic_auth", "user_agent"] {
        if let Some(value) = first(&[&format!("PROXY_HEADERS_{}", key.to_ascii_uppercase())]) {
            map.insert(key.into(), value.into());
        }
    }
    (!map.is_empty()).then_some(Json::Object(map))
}
