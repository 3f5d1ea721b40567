"""Writes one line for each event of a run, in the form of `trace.rs`."""
from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: recorder
type: stdout
short_description: one line for each event
description: one line for each event
"""


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "stdout"
    CALLBACK_NAME = "recorder"

    def line(self, text):
        print(text, flush=True)

    def message(self, result):
        for key in ("msg", "reason", "censored", "skip_reason", "skipped_reason"):
            if result.get(key) not in (None, ""):
                return ": " + str(result[key]).splitlines()[0]
        return ""

    def result(self, status, result, prefix="  "):
        clean = result._result
        label = ""
        if "_ansible_item_label" in clean:
            shown = clean["_ansible_item_label"]
            hidden = clean.get("_ansible_no_log")
            label = " (item=%s)" % ("(censored due to no_log)" if hidden else shown)
        if result._task.no_log or clean.get("_ansible_no_log"):
            clean = {"censored": "the output has been hidden due to the fact that 'no_log: true' was specified for this result"}
        self.line("%s%s %s%s%s" % (prefix, status, result._host.get_name(), label, self.message(clean)))

    def changed(self, result):
        return "changed" if result._result.get("changed") else "ok"

    def v2_playbook_on_play_start(self, play):
        self.line("PLAY " + play.get_name())

    def v2_playbook_on_no_hosts_matched(self):
        self.line("no hosts matched")

    def v2_playbook_on_task_start(self, task, is_conditional):
        if "meta" not in task.action:
            self.line("TASK " + task.get_name())

    def v2_playbook_on_handler_task_start(self, task):
        if "meta" not in task.action:
            self.line("HANDLER " + task.get_name())

    def v2_runner_on_ok(self, result):
        if "include" not in result._task.action or "include_vars" in result._task.action:
            self.result(self.changed(result), result)

    def v2_runner_on_failed(self, result, ignore_errors=False):
        self.result("ignored" if ignore_errors else "failed", result)

    def v2_runner_on_skipped(self, result):
        if "meta" not in result._task.action:
            self.result("skipped", result)

    def v2_runner_on_unreachable(self, result):
        self.result("unreachable", result)

    def v2_runner_item_on_ok(self, result):
        if "include" not in result._task.action or "include_vars" in result._task.action:
            self.result(self.changed(result), result, "  item ")

    def v2_runner_item_on_failed(self, result):
        self.result("failed", result, "  item ")

    def v2_runner_item_on_skipped(self, result):
        self.result("skipped", result, "  item ")

    def v2_runner_retry(self, result):
        left = result._result["retries"] - result._result["attempts"]
        self.line("  retry %s %s" % (result._host.get_name(), left))

    def v2_playbook_on_include(self, included):
        label = ""
        if "_ansible_item_label" in included._vars:
            label = " (item=%s)" % included._vars["_ansible_item_label"]
        for host in included._hosts:
            self.line("  included %s for %s%s" % (included._filename, host.get_name(), label))

    def v2_playbook_on_stats(self, stats):
        for host in sorted(stats.processed):
            s = stats.summarize(host)
            self.line("RECAP %s ok=%d changed=%d unreachable=%d failed=%d skipped=%d rescued=%d ignored=%d" % (
                host, s["ok"], s["changed"], s["unreachable"], s["failures"], s["skipped"], s["rescued"], s["ignored"]))
