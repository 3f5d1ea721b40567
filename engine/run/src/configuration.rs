//! `ansible.cfg`: settings of a project, by the environment variable that says the same.
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What a configuration file says. The environment wins over it.
#[derive(Clone, Debug, Default)]
pub struct Configuration {
    /// The file, if there is one.
    pub file: Option<PathBuf>,
    /// By the name of the environment variable.
    pub settings: BTreeMap<String, String>,
    /// What does not work, or was passed over.
    pub warnings: Vec<String>,
}

#[derive(Clone, Copy)]
enum Kind {
    Text,
    /// Relative names start in the directory of the file.
    Path,
    /// Names between these.
    Paths(char),
}

/// Section, key, variable.
const KEYS: &[(&str, &str, &str, Kind)] = &[
    ("defaults", "any_errors_fatal", "ANSIBLE_ANY_ERRORS_FATAL", Kind::Text),
    ("defaults", "callback_format_pretty", "ANSIBLE_CALLBACK_FORMAT_PRETTY", Kind::Text),
    ("defaults", "callback_result_format", "ANSIBLE_CALLBACK_RESULT_FORMAT", Kind::Text),
    ("defaults", "check_mode_markers", "ANSIBLE_CHECK_MODE_MARKERS", Kind::Text),
    ("defaults", "collections_path", "ANSIBLE_COLLECTIONS_PATH", Kind::Paths(':')),
    ("defaults", "collections_paths", "ANSIBLE_COLLECTIONS_PATH", Kind::Paths(':')),
    ("defaults", "display_args_to_stdout", "ANSIBLE_DISPLAY_ARGS_TO_STDOUT", Kind::Text),
    ("defaults", "display_failed_stderr", "ANSIBLE_DISPLAY_FAILED_STDERR", Kind::Text),
    ("defaults", "display_ok_hosts", "ANSIBLE_DISPLAY_OK_HOSTS", Kind::Text),
    ("defaults", "display_skipped_hosts", "ANSIBLE_DISPLAY_SKIPPED_HOSTS", Kind::Text),
    ("defaults", "error_on_missing_handler", "ANSIBLE_ERROR_ON_MISSING_HANDLER", Kind::Text),
    ("defaults", "force_handlers", "ANSIBLE_FORCE_HANDLERS", Kind::Text),
    ("defaults", "gathering", "ANSIBLE_GATHERING", Kind::Text),
    ("defaults", "hash_behaviour", "ANSIBLE_HASH_BEHAVIOUR", Kind::Text),
    ("defaults", "inventory", "ANSIBLE_INVENTORY", Kind::Paths(',')),
    ("defaults", "jinja2_native", "ANSIBLE_JINJA2_NATIVE", Kind::Text),
    ("defaults", "localhost_warning", "ANSIBLE_LOCALHOST_WARNING", Kind::Text),
    ("defaults", "no_log", "ANSIBLE_NO_LOG", Kind::Text),
    ("defaults", "private_role_vars", "ANSIBLE_PRIVATE_ROLE_VARS", Kind::Text),
    ("defaults", "roles_path", "ANSIBLE_ROLES_PATH", Kind::Paths(':')),
    ("defaults", "show_custom_stats", "ANSIBLE_SHOW_CUSTOM_STATS", Kind::Text),
    ("defaults", "show_task_path_on_failure", "ANSIBLE_SHOW_TASK_PATH_ON_FAILURE", Kind::Text),
    ("defaults", "vault_identity_list", "ANSIBLE_VAULT_IDENTITY_LIST", Kind::Text),
    ("defaults", "vault_password_file", "ANSIBLE_VAULT_PASSWORD_FILE", Kind::Path),
    ("defaults", "verbosity", "ANSIBLE_VERBOSITY", Kind::Text),
    ("diff", "always", "ANSIBLE_DIFF_ALWAYS", Kind::Text),
    ("inventory", "unparsed_warning", "ANSIBLE_INVENTORY_UNPARSED_WARNING", Kind::Text),
    ("tags", "run", "ANSIBLE_RUN_TAGS", Kind::Text),
    ("tags", "skip", "ANSIBLE_SKIP_TAGS", Kind::Text),
];

/// Where code in Python is kept, which nothing here can load.
const PLUGINS: [&str; 14] = [
    "action_plugins",
    "cache_plugins",
    "callback_plugins",
    "cliconf_plugins",
    "connection_plugins",
    "filter_plugins",
    "httpapi_plugins",
    "inventory_plugins",
    "library",
    "lookup_plugins",
    "module_utils",
    "strategy_plugins",
    "test_plugins",
    "vars_plugins",
];

type Env<'a> = dyn Fn(&str) -> Option<String> + 'a;

impl Configuration {
    /// Finds and reads the file: `ANSIBLE_CONFIG`, `ansible.cfg` of the directory unless everybody may write there,
    /// `~/.ansible.cfg`, `/etc/ansible/ansible.cfg`.
    pub fn find(env: &Env<'_>, directory: &Path) -> Result<Self, String> {
        let mut found = Self::default();
        let Some(file) = found.locate(env, directory) else { return Ok(found) };
        // `/dev/null` says that there are no settings.
        let text = std::fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
        found.parse(&file, &text, env, directory)?;
        found.settings.insert("ANSIBLE_CONFIG".into(), file.display().to_string());
        found.file = Some(file);
        Ok(found)
    }

    fn locate(&mut self, env: &Env<'_>, directory: &Path) -> Option<PathBuf> {
        let home = env("HOME").map(PathBuf::from);
        if let Some(named) = env("ANSIBLE_CONFIG").filter(|named| !named.is_empty()) {
            let path = directory.join(expand(&named, env, directory));
            let path = if path.is_dir() { path.join("ansible.cfg") } else { path };
            if path.exists() {
                return Some(path);
            }
        }
        let here = directory.join("ansible.cfg");
        let mut rest = vec![home.map(|home| home.join(".ansible.cfg")), Some("/etc/ansible/ansible.cfg".into())];
        if here.exists() && is_open_to_all(directory) {
            self.warnings.push(format!(
                "Ansible is being run in a world writable directory ({}), ignoring it as an ansible.cfg source.",
                directory.display()
            ));
        } else {
            rest.insert(0, Some(here));
        }
        rest.into_iter().flatten().find(|path| path.is_file())
    }

    /// The value of a variable: the environment's own, or the file's.
    pub fn get(&self, env: &Env<'_>, name: &str) -> Option<String> {
        env(name).or_else(|| self.settings.get(name).cloned())
    }

    fn parse(&mut self, file: &Path, text: &str, env: &Env<'_>, cwd: &Path) -> Result<(), String> {
        let directory = file.parent().unwrap_or(Path::new("/"));
        let mut section = String::new();
        for (number, line) in (1..).zip(text.lines()) {
            let line = without_comment(line);
            let wrong = |what: &str| format!("{}:{number}: {what}: {line:?}", file.display());
            if line.trim().is_empty() {
                continue;
            }
            if let Some(name) = line.trim().strip_prefix('[') {
                name.split(']').next().unwrap_or_default().clone_into(&mut section);
                continue;
            }
            if line.starts_with(char::is_whitespace) {
                return Err(wrong("a value that goes on in the next line is not understood"));
            }
            if section.is_empty() {
                return Err(wrong("File contains no section headers"));
            }
            let (key, value) = line.split_once(['=', ':']).ok_or_else(|| wrong("Source contains parsing errors"))?;
            let (key, value) = (key.trim().to_ascii_lowercase(), unquoted(value.trim()));
            self.set(&section, &key, value, &|path| {
                let path = expand(path.trim(), env, cwd);
                crate::search_path::normal(&directory.join(path)).to_string_lossy().into_owned()
            });
        }
        Ok(())
    }

    fn set(&mut self, section: &str, key: &str, value: &str, locate: &dyn Fn(&str) -> String) {
        if section == "defaults" && PLUGINS.contains(&key) {
            let folders = value.split(':').map(locate).filter(|folder| holds_python(Path::new(folder)));
            self.warnings.extend(folders.map(|folder| {
                format!("{key} = {folder}: what is written in Python there cannot be loaded, and is passed over")
            }));
            return;
        }
        let Some((_, _, name, kind)) = KEYS.iter().find(|(known, name, ..)| *known == section && *name == key) else {
            return;
        };
        let value = match kind {
            Kind::Text => value.to_owned(),
            Kind::Path => locate(value),
            Kind::Paths(',') if value.ends_with(',') => value.to_owned(),
            Kind::Paths(between) => {
                let paths = value.split(*between).filter(|path| !path.trim().is_empty()).map(locate);
                paths.collect::<Vec<_>>().join(&between.to_string())
            }
        };
        self.settings.insert((*name).to_owned(), value);
    }
}

/// `~`, `$NAME`, `${NAME}` and `{{CWD}}`.
fn expand(path: &str, env: &Env<'_>, cwd: &Path) -> String {
    let path = path.replace("{{CWD}}", &cwd.to_string_lossy());
    let path = match (path.strip_prefix('~'), env("HOME")) {
        (Some(rest), Some(home)) if rest.is_empty() || rest.starts_with('/') => format!("{home}{rest}"),
        _ => path,
    };
    let mut out = String::new();
    let mut rest = path.as_str();
    while let Some((before, after)) = rest.split_once('$') {
        out.push_str(before);
        let (name, tail, whole) = match after.strip_prefix('{').and_then(|inner| inner.split_once('}')) {
            Some((name, tail)) => (name, tail, name.len() + 2),
            None => {
                let end = after.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
                let end = end.unwrap_or(after.len());
                (&after[..end], &after[end..], end)
            }
        };
        match env(name) {
            Some(value) => out.push_str(&value),
            None => _ = std::fmt::Write::write_fmt(&mut out, format_args!("${}", &after[..whole])),
        }
        rest = tail;
    }
    out + rest
}

/// Lines may be comments; after a value only `;` starts one.
fn without_comment(line: &str) -> &str {
    if line.trim_start().starts_with(['#', ';']) {
        return "";
    }
    let comment = line.match_indices(';').find(|(at, _)| line[..*at].ends_with(char::is_whitespace));
    comment.map_or(line, |(at, _)| &line[..at])
}

fn unquoted(value: &str) -> &str {
    let within = |quote: char| value.strip_prefix(quote).and_then(|value| value.strip_suffix(quote));
    within('"').or_else(|| within('\'')).unwrap_or(value)
}

fn is_open_to_all(directory: &Path) -> bool {
    let mode =
        std::fs::metadata(directory).map(|metadata| std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()));
    mode.is_ok_and(|mode| mode & 0o002 != 0)
}

fn holds_python(directory: &Path) -> bool {
    let Ok(entries) = std::fs::read_dir(directory) else { return false };
    entries.flatten().any(|entry| entry.path().extension().is_some_and(|extension| extension == "py"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn read(text: &str) -> Result<Configuration, String> {
        let root = tempfile::tempdir().unwrap();
        std::fs::write(root.path().join("ansible.cfg"), text).unwrap();
        std::fs::create_dir(root.path().join("filters")).unwrap();
        std::fs::write(root.path().join("filters/x.py"), "").unwrap();
        let env = |name: &str| (name == "HOME").then(|| "/home/me".to_owned());
        let shown = |text: &str| text.replace(&*root.path().to_string_lossy(), "ROOT");
        let found = Configuration::find(&env, root.path()).map_err(|error| shown(&error))?;
        let settings = found.settings.iter().map(|(name, value)| (name.clone(), shown(value))).collect();
        Ok(Configuration { settings, warnings: found.warnings.iter().map(|text| shown(text)).collect(), ..found })
    }

    #[test]
    fn keys_become_variables() {
        let rows = [
            ("roles_path = roles:~/more:/abs", "ANSIBLE_ROLES_PATH", "ROOT/roles:/home/me/more:/abs"),
            ("collections_path: ./c ; comment", "ANSIBLE_COLLECTIONS_PATH", "ROOT/c"),
            ("inventory=hosts,/x", "ANSIBLE_INVENTORY", "ROOT/hosts,/x"),
            ("inventory = localhost,", "ANSIBLE_INVENTORY", "localhost,"),
            ("vault_password_file = $HOME/pw", "ANSIBLE_VAULT_PASSWORD_FILE", "/home/me/pw"),
            ("vault_password_file = {{CWD}}/${NO}", "ANSIBLE_VAULT_PASSWORD_FILE", "ROOT/${NO}"),
            ("vault_identity_list = a@x, b@y", "ANSIBLE_VAULT_IDENTITY_LIST", "a@x, b@y"),
            ("gathering = explicit", "ANSIBLE_GATHERING", "explicit"),
            ("hash_behaviour = merge", "ANSIBLE_HASH_BEHAVIOUR", "merge"),
            ("Force_Handlers = True", "ANSIBLE_FORCE_HANDLERS", "True"),
            ("[tags]\nskip = slow", "ANSIBLE_SKIP_TAGS", "slow"),
        ];
        for (line, name, expected) in rows {
            let found = read(&format!("# first\n[defaults]\n{line}\n")).unwrap();
            assert_eq!(found.settings.get(name).map(String::as_str), Some(expected), "{line}");
            assert_eq!(found.settings["ANSIBLE_CONFIG"], "ROOT/ansible.cfg");
        }
        let env = |name: &str| (name == "ANSIBLE_GATHERING").then(|| "smart".to_owned());
        let found = read("[defaults]\ngathering = explicit\n").unwrap();
        assert_eq!(found.get(&env, "ANSIBLE_GATHERING").as_deref(), Some("smart"));
        assert_eq!(found.get(&|_| None, "ANSIBLE_GATHERING").as_deref(), Some("explicit"));
    }

    #[test]
    fn python_is_reported_and_nonsense_refused() {
        let found = read("[defaults]\nfilter_plugins = filters:none\nlibrary = none\nforks = 9\n").unwrap();
        assert_eq!(
            found.warnings,
            ["filter_plugins = ROOT/filters: what is written in Python there cannot be loaded, and is passed over"]
        );
        for (text, expected) in [
            ("x = 1\n", "ROOT/ansible.cfg:1: File contains no section headers: \"x = 1\""),
            ("[defaults]\nx\n", "ROOT/ansible.cfg:2: Source contains parsing errors: \"x\""),
        ] {
            assert_eq!(read(text).unwrap_err(), expected);
        }
    }

    #[test]
    fn the_first_file_that_is_there_counts() {
        let root = tempfile::tempdir().unwrap();
        let path = |name: &str| root.path().join(name);
        let write = |name: &str, value: &str| {
            std::fs::create_dir_all(path(name).parent().unwrap()).unwrap();
            std::fs::write(path(name), format!("[defaults]\ngathering = {value}\n")).unwrap();
        };
        write("home/.ansible.cfg", "home");
        write("project/ansible.cfg", "project");
        write("named/ansible.cfg", "named");
        let find = |named: Option<&str>| {
            let env = |name: &str| match name {
                "HOME" => Some(path("home").display().to_string()),
                "ANSIBLE_CONFIG" => named.map(|named| path(named).display().to_string()),
                _ => None,
            };
            Configuration::find(&env, &path("project")).unwrap()
        };
        let gathering = |found: &Configuration| found.settings["ANSIBLE_GATHERING"].clone();
        assert_eq!(gathering(&find(Some("named"))), "named");
        assert_eq!(gathering(&find(Some("named/ansible.cfg"))), "named");
        assert_eq!(gathering(&find(Some("missing"))), "project");
        assert_eq!(gathering(&find(None)), "project");
        std::fs::set_permissions(path("project"), std::fs::Permissions::from_mode(0o777)).unwrap();
        let open = find(None);
        assert_eq!(gathering(&open), "home");
        assert!(open.warnings[0].contains("world writable directory"), "{:?}", open.warnings);
    }
}
