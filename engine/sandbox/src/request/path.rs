//! The shape of API paths.
use percent_encoding::percent_decode_str;

/// What a path names.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Target {
    pub(crate) group: String,
    pub(crate) version: String,
    pub(crate) namespace: Option<String>,
    pub(crate) plural: String,
    pub(crate) name: Option<String>,
    pub(crate) subresource: Option<String>,
    /// The old `/watch/` form.
    pub(crate) watch: bool,
}

/// Where a request goes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Route {
    Resource(Target),
    /// `/api`, `/apis`, `/apis/GROUP`, `/apis/GROUP/VERSION`.
    Core,
    Groups,
    Group(String),
    Version {
        group: String,
        version: String,
    },
    OpenApiIndex,
    OpenApi(String),
    OpenApiV2,
    ServerVersion,
    Health(String),
    Other,
}

pub(crate) fn segments(path: &str) -> Vec<String> {
    let parts = path.split('/').filter(|s| !s.is_empty());
    parts.map(|s| percent_decode_str(s).decode_utf8_lossy().into_owned()).collect()
}

pub(crate) fn route(path: &str) -> Route {
    let parts = segments(path);
    let words: Vec<&str> = parts.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["api"] => Route::Core,
        ["apis"] => Route::Groups,
        ["api", version] => Route::Version { group: String::new(), version: (*version).to_owned() },
        ["api", version, rest @ ..] => resource("", version, rest),
        ["apis", group] => Route::Group((*group).to_owned()),
        ["apis", group, version] => Route::Version { group: (*group).to_owned(), version: (*version).to_owned() },
        ["apis", group, version, rest @ ..] => resource(group, version, rest),
        ["openapi", "v3"] => Route::OpenApiIndex,
        ["openapi", "v3", rest @ ..] => Route::OpenApi(rest.join("/")),
        ["openapi", "v2"] => Route::OpenApiV2,
        ["version"] => Route::ServerVersion,
        [check @ ("healthz" | "livez" | "readyz"), ..] => Route::Health((*check).to_owned()),
        _ => Route::Other,
    }
}

fn resource(group: &str, version: &str, rest: &[&str]) -> Route {
    let (watch, rest) = match rest {
        ["watch", rest @ ..] if !rest.is_empty() => (true, rest),
        rest => (false, rest),
    };
    let base = Target { group: group.into(), version: version.into(), watch, ..Target::default() };
    let (namespace, rest) = match rest {
        // A namespace itself and its subresources lie under the same word as the objects in it.
        ["namespaces", _] | ["namespaces", _, "status" | "finalize"] if group.is_empty() => (None, rest),
        ["namespaces", namespace, rest @ ..] if !rest.is_empty() => (Some((*namespace).to_owned()), rest),
        rest => (None, rest),
    };
    match rest {
        [plural] => Route::Resource(Target { namespace, plural: (*plural).to_owned(), ..base }),
        [plural, name] => {
            let (plural, name) = ((*plural).to_owned(), Some((*name).to_owned()));
            Route::Resource(Target { namespace, plural, name, ..base })
        }
        [plural, name, subresource @ ..] => {
            let (plural, name) = ((*plural).to_owned(), Some((*name).to_owned()));
            let subresource = Some(subresource.join("/"));
            Route::Resource(Target { namespace, plural, name, subresource, ..base })
        }
        [] => Route::Other,
    }
}

impl Target {
    /// `pods`, `foos/status`.
    pub(crate) fn resource(&self) -> String {
        match &self.subresource {
            Some(sub) => format!("{}/{sub}", self.plural),
            None => self.plural.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn target(path: &str) -> Target {
        match route(path) {
            Route::Resource(target) => target,
            other => panic!("{path}: {other:?}"),
        }
    }

    #[test]
    fn reads_every_form() {
        for (path, namespace, resource, name) in [
            ("/api/v1/pods", None, "pods", None),
            ("/api/v1/namespaces", None, "namespaces", None),
            ("/api/v1/namespaces/x", None, "namespaces", Some("x")),
            ("/api/v1/namespaces/x/finalize", None, "namespaces/finalize", Some("x")),
            ("/api/v1/namespaces/x/pods", Some("x"), "pods", None),
            ("/api/v1/namespaces/x/pods/p/log", Some("x"), "pods/log", Some("p")),
            ("/apis/apps/v1/namespaces/x/deployments/d", Some("x"), "deployments", Some("d")),
            ("/apis/e.com/v1/foos/a%2Fb", None, "foos", Some("a/b")),
            ("/api/v1/namespaces/x/services/s/proxy/a/b", Some("x"), "services/proxy/a/b", Some("s")),
        ] {
            let found = target(path);
            assert_eq!(found.namespace.as_deref(), namespace, "{path}");
            assert_eq!(found.resource(), resource, "{path}");
            assert_eq!(found.name.as_deref(), name, "{path}");
        }
        assert!(target("/api/v1/watch/pods").watch);
        assert_eq!(route("/apis/apps/v1"), Route::Version { group: "apps".into(), version: "v1".into() });
        assert_eq!(route("/openapi/v3/apis/apps/v1"), Route::OpenApi("apis/apps/v1".into()));
        assert_eq!(route("/livez/ping"), Route::Health("livez".into()));
        assert_eq!(route("/nope"), Route::Other);
    }

    proptest! {
        #[test]
        fn never_fails(path in "\\PC{0,60}") {
            route(&path);
        }
    }
}
