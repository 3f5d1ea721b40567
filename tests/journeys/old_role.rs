//! A role of the operator's first years: `meta`, the short module name, a loop inside a string.
use crate::stage::{MCROUTER, Stage, eventually, manifest, project};

const WATCHES: &str = "
- version: v1alpha1
  group: mcrouter.example.com
  kind: Mcrouter
  role: old
";

const DEFAULTS: &str = "
memcached_pool_size: 2
pool: \"{% for i in range(memcached_pool_size|int) %}{{ meta.name }}-{{ i }}.{{ meta.name }}:11211{% if not loop.last %},{% endif %}{% endfor %}\"
";

const TASKS: &str = "
---
- name: Everything in one go.
  k8s:
    state: present
    definition: \"{{ lookup('template', 'pool.yaml.j2') | from_yaml }}\"
";

const TEMPLATE: &str = "---
apiVersion: v1
kind: ConfigMap
metadata:
  name: '{{ meta.name }}-pool'
  namespace: '{{ meta.namespace }}'
data:
  pool: '{{ pool }}'
";

#[tokio::test(flavor = "multi_thread")]
async fn runs_unchanged() {
    let stage = Stage::new("old-role").await;
    let folder = project(&[
        ("watches.yaml", WATCHES),
        ("roles/old/defaults/main.yml", DEFAULTS),
        ("roles/old/tasks/main.yml", TASKS),
        ("roles/old/templates/pool.yaml.j2", TEMPLATE),
    ]);
    let operator = stage.operator(folder.path(), &[]);
    stage.create(&manifest("deploy/samples/mcrouter.yaml")).await.unwrap();
    let pool = eventually("the ConfigMap", || stage.get(("v1", "ConfigMap"), "mcrouter-pool")).await;
    let expected = "mcrouter-0.mcrouter:11211,mcrouter-1.mcrouter:11211,mcrouter-2.mcrouter:11211";
    assert_eq!(pool["data"]["pool"], expected);
    stage.until_condition(MCROUTER, "mcrouter", ("Running", "True", "Successful")).await;
    operator.stop().await;
    stage.clear().await;
}
