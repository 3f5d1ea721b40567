//! The reference's expectations of watches.yaml, as tables.
use super::*;
use rolewright_language::{Diagnostic, Files};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// Files in memory; every parent of a file is a directory.
struct Tree(BTreeMap<PathBuf, String>);

impl Files for Tree {
    fn read(&self, path: &Path) -> Result<Arc<str>, String> {
        self.0.get(path).map(|text| text.as_str().into()).ok_or_else(|| "no such file or directory".into())
    }
    fn is_file(&self, path: &Path) -> bool {
        self.0.contains_key(path)
    }
    fn is_dir(&self, path: &Path) -> bool {
        self.0.keys().any(|file| file != path && file.starts_with(path))
    }
    fn list(&self, _: &Path) -> Vec<PathBuf> {
        Vec::new()
    }
    fn stamp(&self, _: &Path) -> Option<u64> {
        None
    }
}

fn try_load(text: &str, strict: bool, env: &[(&str, &str)]) -> Result<Loaded, Vec<Diagnostic>> {
    let paths = [
        "/opt/roles/r/tasks/main.yml",
        "/opt/p.yml",
        "/opt/elsewhere/roles/deep/tasks/main.yml",
        "/opt/elsewhere/flat/tasks/main.yml",
        "/collections/ansible_collections/a/b/roles/c/tasks/main.yml",
        "/abs/role/tasks/main.yml",
    ];
    let mut files: BTreeMap<PathBuf, String> = paths.iter().map(|path| (path.into(), String::new())).collect();
    files.insert("/opt/watches.yaml".into(), text.into());
    let env: BTreeMap<&str, &str> = env.iter().copied().collect();
    let around = Surroundings {
        files: &Tree(files),
        env: &|name| env.get(name).map(ToString::to_string),
        paths: SearchPaths::new("/opt".into(), "/opt/elsewhere", "/collections", None),
        max_concurrent_reconciles: 4,
        ansible_verbosity: 2,
        strict,
    };
    load(Path::new("/opt/watches.yaml"), &around)
}

fn watch(fields: &str) -> Watch {
    let indented = fields.lines().map(|line| format!("  {line}\n")).collect::<String>();
    let text = format!("- version: v1\n  kind: K\n{indented}");
    match try_load(&text, false, &[]) {
        Ok(mut loaded) => loaded.watches.remove(0),
        Err(errors) => panic!("{fields}: {}", errors[0]),
    }
}

fn errors(text: &str) -> Vec<String> {
    match try_load(text, false, &[]) {
        Ok(_) => Vec::new(),
        Err(errors) => errors.iter().map(ToString::to_string).collect(),
    }
}

#[test]
fn an_entry_has_the_references_defaults() {
    let watch = watch("role: r");
    assert_eq!(watch.gvk, Gvk { group: String::new(), version: "v1".into(), kind: "K".into() });
    assert_eq!(watch.content, Content::Role("/opt/roles/r".into()));
    assert_eq!((watch.reconcile_period, watch.max_runner_artifacts), (Period::Default, 20));
    assert!(watch.manage_status && watch.watch_dependent_resources && watch.snake_case_parameters);
    assert!(!watch.watch_cluster_scoped_resources && !watch.watch_annotations_changes);
    assert!(watch.mark_unsafe, "data is data unless the file says otherwise");
    assert_eq!((watch.max_concurrent_reconciles, watch.ansible_verbosity), (4, 2));
    assert!(watch.finalizer.is_none() && watch.selector.is_none() && watch.blacklist.is_empty());
}

#[test]
fn every_field_is_read() {
    let watch = watch(
        "playbook: p.yml\ngroup: g.example.com\nmaxRunnerArtifacts: 3\nreconcilePeriod: 1h2m\nmanageStatus: no\n\
         watchDependentResources: false\nwatchClusterScopedResources: yes\nWATCHANNOTATIONSCHANGES: true\n\
         snakeCaseParameters: off\nmarkUnsafe: false\nblacklist:\n- {version: v1, kind: ConfigMap}\n\
         selector:\n  matchLabels: {a: b}\nfinalizer:\n  name: g/f\n  vars: {state: absent}\n",
    );
    assert_eq!(watch.gvk.to_string(), "g.example.com/v1, Kind=K");
    assert_eq!(watch.content, Content::Playbook("/opt/p.yml".into()));
    assert_eq!(watch.reconcile_period, Period::Every(Duration::from_secs(3720)));
    assert_eq!(watch.max_runner_artifacts, 3);
    assert!(!watch.manage_status && !watch.watch_dependent_resources && watch.watch_cluster_scoped_resources);
    assert!(watch.watch_annotations_changes && !watch.snake_case_parameters && !watch.mark_unsafe);
    assert_eq!(watch.blacklist, [Gvk::from_api_version("v1", "ConfigMap")]);
    assert_eq!(watch.selector.unwrap().to_string(), "a=b");
    let finalizer = watch.finalizer.unwrap();
    assert_eq!((finalizer.name.as_str(), finalizer.content.is_none(), finalizer.vars.len()), ("g/f", true, 1));
}

#[test]
fn periods() {
    for (written, expected) in [
        ("3s", Period::Every(Duration::from_secs(3))),
        ("0s", Period::Default),
        ("never", Period::Never),
        ("null", Period::Default),
    ] {
        assert_eq!(watch(&format!("role: r\nreconcilePeriod: {written}")).reconcile_period, expected, "{written}");
    }
}

#[test]
fn content_is_found_where_the_reference_looks() {
    for (fields, path) in [
        ("role: r", "/opt/roles/r"),
        ("role: roles/r", "/opt/roles/r"),
        ("role: /abs/role", "/abs/role"),
        ("role: deep", "/opt/elsewhere/roles/deep"),
        ("role: flat", "/opt/elsewhere/flat"),
        ("role: a.b.c", "/collections/ansible_collections/a/b/roles/c"),
        ("playbook: p.yml", "/opt/p.yml"),
        ("playbook: /opt/p.yml", "/opt/p.yml"),
        ("playbook: p.yml\nrole: r", "/opt/p.yml"),
    ] {
        assert_eq!(watch(fields).content.path(), Path::new(path), "{fields}");
    }
}

#[test]
fn mistakes_are_refused_in_the_references_words_with_their_place() {
    let base = "- version: v1\n  kind: K\n  role: r\n";
    for (text, expected) in [
        ("- kind: K\n  role: r\n", "/opt/watches.yaml:1:3: invalid GVK: /, Kind=K: version must not be empty"),
        ("- version: v1\n  role: r\n", "/opt/watches.yaml:1:3: invalid GVK: /v1, Kind=: kind must not be empty"),
        (
            "- {version: v1, kind: K, role: r}\n- {version: v1, kind: K, role: r}\n",
            "/opt/watches.yaml:2:3: duplicate GVK: /v1, Kind=K",
        ),
        ("- version: v1\n  kind: K\n", "/opt/watches.yaml:1:3: must specify Role or Playbook"),
        ("- version: v1\n  kind: K\n  role: none\n", "/opt/watches.yaml:3:9: role: /opt/none was not found"),
        (
            "- version: v1\n  kind: K\n  playbook: no.yml\n",
            "/opt/watches.yaml:3:13: playbook: /opt/no.yml was not found",
        ),
        (&format!("{base}  finalizer: {{role: r}}\n"), "/opt/watches.yaml:4:14: finalizer must have name"),
        (&format!("{base}  finalizer: {{name: f}}\n"), "/opt/watches.yaml:4:14: must specify Role or Playbook"),
        (
            &format!("{base}  finalizer: {{name: f, role: none, vars: {{a: b}}}}\n"),
            "/opt/watches.yaml:4:30: role: /opt/none was not found",
        ),
        (
            &format!("{base}  reconcilePeriod: 5\n"),
            "/opt/watches.yaml:4:20: Failed to unmarshal config: reconcilePeriod must be a duration with a unit \
             (\"30s\", \"1h2m\") or \"never\", found the number 5",
        ),
        (
            &format!("{base}  reconcilePeriod: soon\n"),
            "/opt/watches.yaml:4:20: Failed to unmarshal config: reconcilePeriod: time: invalid duration \"soon\"",
        ),
        (
            &format!("{base}  manageStatus: maybe\n"),
            "/opt/watches.yaml:4:17: Failed to unmarshal config: manageStatus must be a boolean, found the text \"maybe\"",
        ),
        (
            "kind: K\n",
            "/opt/watches.yaml:1:1: Failed to unmarshal config: the file must be a list of watches, found a mapping",
        ),
    ] {
        assert_eq!(errors(text).first().map(String::as_str), Some(expected), "{text}");
    }
    assert!(errors("- {a: [\n")[0].contains("Failed to unmarshal config"), "{:?}", errors("- {a: [\n"));
    let missing = Surroundings {
        files: &Tree(BTreeMap::new()),
        env: &|_| None,
        paths: SearchPaths::default(),
        max_concurrent_reconciles: 1,
        ansible_verbosity: 2,
        strict: false,
    };
    let error = load(Path::new("/none"), &missing).unwrap_err();
    assert_eq!(error[0].to_string(), "Failed to get config file /none: no such file or directory");
}

#[test]
fn selectors_are_checked_and_match_labels() {
    let selector = |text: &str| watch(&format!("role: r\nselector: {text}")).selector.unwrap();
    for (written, shown, matching, others) in [
        ("{matchLabels: {a: b}}", "a=b", "b", "c"),
        ("{matchExpressions: [{key: a, operator: In, values: [b, c]}]}", "a in (b,c)", "c", "d"),
        ("{matchExpressions: [{key: a, operator: NotIn, values: [b]}]}", "a notin (b)", "c", "b"),
        ("{matchExpressions: [{key: a, operator: Exists}]}", "a", "any", ""),
        ("{matchExpressions: [{key: a, operator: DoesNotExist}]}", "!a", "", "any"),
    ] {
        let selector = selector(written);
        assert_eq!(selector.to_string(), shown);
        let object = |value: &str| match value {
            "" => serde_json::json!({"metadata": {}}),
            value => serde_json::json!({"metadata": {"labels": {"a": value}}}),
        };
        assert!(selector.matches(&object(matching)), "{written} {matching}");
        assert!(!selector.matches(&object(others)), "{written} {others}");
    }
    for (written, expected) in [
        ("{matchExpressions: [{key: a, operator: Near}]}", "\"Near\" is not a valid label selector operator"),
        ("{matchExpressions: [{key: a, operator: In}]}", "values set can't be empty"),
        ("{matchExpressions: [{key: a, operator: Exists, values: [b]}]}", "values set must be empty"),
    ] {
        let found = errors(&format!("- version: v1\n  kind: K\n  role: r\n  selector: {written}\n"));
        assert!(found[0].contains("error constructing predicate from watches selector"), "{found:?}");
        assert!(found[0].contains(expected), "{found:?}");
    }
}

#[test]
fn unknown_keys_warn_or_fail_with_a_hint() {
    let text = "- version: v1\n  kind: K\n  role: r\n  reconcilPeriod: 3s\n  maxConcurrentReconciles: 3\n";
    let loaded = try_load(text, false, &[]).unwrap();
    let shown: Vec<String> = loaded.warnings.iter().map(ToString::to_string).collect();
    assert_eq!(
        shown,
        [
            "/opt/watches.yaml:4:3: unknown key \"reconcilPeriod\" in a watch is ignored \
             (did you mean reconcilePeriod?)",
            "/opt/watches.yaml:5:3: unknown key \"maxConcurrentReconciles\" in a watch is ignored \
             (set MAX_CONCURRENT_RECONCILES_<KIND>_<GROUP> in the environment)",
        ]
    );
    assert_eq!(loaded.watches[0].max_concurrent_reconciles, 4);
    assert_eq!(try_load(text, true, &[]).unwrap_err().len(), 2);
}

#[test]
fn the_environment_is_expanded_and_overrides_per_kind() {
    let text = "- {group: ${G}, version: v1, kind: K, role: $R}\n";
    let env = [("G", "a.b"), ("R", "r"), ("MAX_CONCURRENT_RECONCILES_K_A_B", "9"), ("ANSIBLE_VERBOSITY_K_A_B", "5")];
    let loaded = try_load(text, true, &env).unwrap();
    let watch = &loaded.watches[0];
    assert_eq!(watch.gvk.group, "a.b");
    assert_eq!((watch.max_concurrent_reconciles, watch.ansible_verbosity), (9, 5));
}

#[test]
fn an_empty_file_watches_nothing() {
    for text in ["", "---\n", "# nothing\n", "[]\n"] {
        assert!(try_load(text, false, &[]).unwrap().watches.is_empty(), "{text:?}");
    }
}
