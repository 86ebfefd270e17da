/* SPDX-License-Identifier: Apache-2.0 */
/* The one table of verbs and options: arguments are read by it, help, completion
 * and man pages are made from it. */
#ifndef CLI_VERBS_H
#define CLI_VERBS_H

#include "cli/cli.h"

struct cli_option {
    const char *name;  /* "--key" */
    const char *value; /* placeholder of its value; NULL = a flag */
    bool may_repeat;
    struct cli_text help;
};

struct cli_example {
    const char *line;
    struct cli_text why;
};

struct cli_verb {
    const char *name;     /* "submit", "task opine" */
    const char *operands; /* "NUMBER", "[SERVICE]"; "" = none */
    size_t operands_min, operands_max;
    struct cli_text summary;
    const struct cli_option *options;   /* ends with a name of NULL; NULL = none */
    const struct cli_example *examples; /* ends with a line of NULL */
    int (*run)(struct cli *cli);        /* returns enum cli_exit */
};

/* Ends with a name of NULL. */
extern const struct cli_verb cli_verbs[];

/* The other name that a verb goes by, or NULL. */
const char *cli_verb_alias(const struct cli_verb *verb);

/* Of the verb simulate (simulate.c). */
extern const struct cli_option cli_simulate_options[];
extern const struct cli_example cli_simulate_examples[];

/* Options of every verb; ends with a name of NULL. */
extern const struct cli_option cli_common_options[];

/* Options and examples of the rows that stand in a file of their own (verbs_calendar.c, stats.c). */
/* verbs_application.c */
extern const struct cli_option cli_submit_options[];
extern const struct cli_option cli_list_options[];
extern const struct cli_example cli_submit_examples[];
extern const struct cli_example cli_show_examples[];
extern const struct cli_example cli_watch_examples[];
extern const struct cli_example cli_list_examples[];
extern const struct cli_example cli_guide_examples[];
/* verbs_hub.c */
extern const struct cli_option cli_config_show_options[];
extern const struct cli_option cli_config_diff_options[];
extern const struct cli_option cli_bench_options[];
extern const struct cli_example cli_config_check_examples[];
extern const struct cli_example cli_config_show_examples[];
extern const struct cli_example cli_config_diff_examples[];
extern const struct cli_example cli_bench_examples[];
/* verbs_desk.c */
extern const struct cli_option cli_clocks_options[];
extern const struct cli_option cli_alerts_options[];
extern const struct cli_option cli_message_list_options[];
extern const struct cli_option cli_check_options[];
extern const struct cli_option cli_extend_options[];
extern const struct cli_option cli_supplement_options[];
extern const struct cli_option cli_withdraw_options[];
extern const struct cli_option cli_told_options[];
/* verbs_catalog.c */
extern const struct cli_option cli_reload_options[];
extern const struct cli_option cli_config_versions_options[];
extern const struct cli_option cli_config_sources_options[];
extern const struct cli_example cli_config_upload_examples[];
extern const struct cli_example cli_config_candidates_examples[];
extern const struct cli_example cli_config_discard_examples[];
extern const struct cli_example cli_config_versions_examples[];
extern const struct cli_example cli_config_sources_examples[];
/* verbs_operations.c */
extern const struct cli_option cli_task_claim_options[];
extern const struct cli_option cli_task_release_options[];
extern const struct cli_option cli_task_batch_options[];
extern const struct cli_option cli_incidents_options[];
extern const struct cli_option cli_incidents_retry_options[];
extern const struct cli_example cli_task_claim_examples[];
extern const struct cli_example cli_task_release_examples[];
extern const struct cli_example cli_task_batch_examples[];
extern const struct cli_example cli_incidents_examples[];
extern const struct cli_example cli_incidents_retry_examples[];
extern const struct cli_example cli_operations_examples[];
extern const struct cli_option cli_task_pause_options[];
extern const struct cli_option cli_task_ask_options[];
extern const struct cli_option cli_task_milestone_options[];
extern const struct cli_option cli_task_bar_options[];
extern const struct cli_example cli_clocks_examples[];
extern const struct cli_example cli_notices_examples[];
extern const struct cli_example cli_told_examples[];
extern const struct cli_example cli_alerts_examples[];
extern const struct cli_example cli_message_list_examples[];
extern const struct cli_example cli_message_show_examples[];
extern const struct cli_example cli_message_retry_examples[];
extern const struct cli_example cli_certificate_examples[];
extern const struct cli_example cli_papers_examples[];
extern const struct cli_example cli_check_examples[];
extern const struct cli_example cli_extend_examples[];
extern const struct cli_example cli_supplement_examples[];
extern const struct cli_example cli_withdraw_examples[];
extern const struct cli_example cli_reload_examples[];
extern const struct cli_example cli_task_milestone_examples[];
extern const struct cli_example cli_task_bar_examples[];
/* verbs_task.c */
extern const struct cli_option cli_task_list_options[];
extern const struct cli_option cli_task_seen_options[];
extern const struct cli_option cli_task_opine_options[];
extern const struct cli_example cli_task_list_examples[];
extern const struct cli_example cli_task_show_examples[];
extern const struct cli_example cli_task_take_examples[];
extern const struct cli_example cli_task_opine_examples[];
extern const struct cli_example cli_task_pause_examples[];
extern const struct cli_example cli_task_resume_examples[];
extern const struct cli_example cli_task_ask_examples[];
extern const struct cli_example cli_task_requeue_examples[];
/* verbs_concern.c */
extern const struct cli_option cli_inquiry_new_options[];
extern const struct cli_option cli_complaint_new_options[];
extern const struct cli_option cli_evaluation_new_options[];
extern const struct cli_option cli_grievance_new_options[];
extern const struct cli_option cli_concern_list_options[];
extern const struct cli_option cli_concern_show_options[];
extern const struct cli_option cli_concern_text_options[];
extern const struct cli_option cli_complaint_reply_options[];
extern const struct cli_option cli_grievance_confirm_options[];
extern const struct cli_example cli_inquiry_new_examples[];
extern const struct cli_example cli_inquiry_list_examples[];
extern const struct cli_example cli_inquiry_show_examples[];
extern const struct cli_example cli_inquiry_reply_examples[];
extern const struct cli_example cli_inquiry_pass_examples[];
extern const struct cli_example cli_complaint_new_examples[];
extern const struct cli_example cli_complaint_list_examples[];
extern const struct cli_example cli_complaint_show_examples[];
extern const struct cli_example cli_complaint_reply_examples[];
extern const struct cli_example cli_complaint_pass_examples[];
extern const struct cli_example cli_evaluation_new_examples[];
extern const struct cli_example cli_evaluation_list_examples[];
extern const struct cli_example cli_evaluation_show_examples[];
extern const struct cli_example cli_evaluation_repair_examples[];
extern const struct cli_example cli_evaluation_pass_examples[];
extern const struct cli_example cli_grievance_new_examples[];
extern const struct cli_example cli_grievance_list_examples[];
extern const struct cli_example cli_grievance_show_examples[];
extern const struct cli_example cli_grievance_confirm_examples[];
/* verbs_material.c */
extern const struct cli_option cli_material_add_options[];
extern const struct cli_option cli_material_get_options[];
extern const struct cli_example cli_material_add_examples[];
extern const struct cli_example cli_material_list_examples[];
extern const struct cli_example cli_material_get_examples[];
extern const struct cli_example cli_preview_examples[];
/* verbs_fee.c */
extern const struct cli_option cli_fee_pay_options[];
extern const struct cli_option cli_fee_refund_options[];
extern const struct cli_option cli_fee_report_options[];
extern const struct cli_option cli_delivery_options[];
extern const struct cli_option cli_verify_result_options[];
extern const struct cli_example cli_result_examples[];
extern const struct cli_example cli_verify_result_examples[];
extern const struct cli_example cli_fee_show_examples[];
extern const struct cli_example cli_fee_pay_examples[];
extern const struct cli_example cli_fee_refund_examples[];
extern const struct cli_example cli_fee_report_examples[];
extern const struct cli_example cli_delivery_examples[];
extern const struct cli_example cli_delivery_show_examples[];
/* verbs_plugin.c */
extern const struct cli_option cli_plugin_load_options[];
extern const struct cli_option cli_plugin_upgrade_options[];
extern const struct cli_option cli_plugin_act_options[];
extern const struct cli_option cli_plugin_unload_options[];
extern const struct cli_example cli_plugin_list_examples[];
extern const struct cli_example cli_plugin_show_examples[];
extern const struct cli_example cli_plugin_logs_examples[];
extern const struct cli_example cli_plugin_history_examples[];
extern const struct cli_example cli_plugin_load_examples[];
extern const struct cli_example cli_plugin_upgrade_examples[];
extern const struct cli_example cli_plugin_rollback_examples[];
extern const struct cli_example cli_plugin_drain_examples[];
extern const struct cli_example cli_plugin_enable_examples[];
extern const struct cli_example cli_plugin_disable_examples[];
extern const struct cli_example cli_plugin_unload_examples[];
/* verbs_journal.c */
extern const struct cli_option cli_journal_verify_options[];
extern const struct cli_option cli_journal_export_options[];
extern const struct cli_option cli_journal_replay_options[];
extern const struct cli_option cli_journal_checkpoint_options[];
extern const struct cli_option cli_bundle_verify_options[];
extern const struct cli_option cli_show_options[];
extern const struct cli_example cli_journal_verify_examples[];
extern const struct cli_example cli_journal_export_examples[];
extern const struct cli_example cli_journal_replay_examples[];
extern const struct cli_example cli_journal_checkpoint_examples[];
extern const struct cli_example cli_bundle_verify_examples[];
/* verbs_backup.c */
extern const struct cli_option cli_backup_options[];
extern const struct cli_option cli_restore_options[];
extern const struct cli_example cli_backup_examples[];
extern const struct cli_example cli_restore_examples[];
/* verbs_kit.c */
extern const struct cli_option cli_plugin_new_options[];
extern const struct cli_example cli_plugin_new_examples[];
extern const struct cli_option cli_plugin_check_options[];
extern const struct cli_example cli_plugin_check_examples[];
extern const struct cli_option cli_plugin_run_options[];
extern const struct cli_example cli_plugin_run_examples[];
/* verbs_package.c */
extern const struct cli_option cli_plugin_pack_options[];
extern const struct cli_option cli_plugin_sign_options[];
extern const struct cli_option cli_plugin_key_options[];
extern const struct cli_option cli_plugin_verify_options[];
extern const struct cli_example cli_plugin_pack_examples[];
extern const struct cli_example cli_plugin_sign_examples[];
extern const struct cli_example cli_plugin_key_examples[];
extern const struct cli_example cli_plugin_verify_examples[];
extern const struct cli_option cli_due_options[];
extern const struct cli_example cli_due_examples[];
extern const struct cli_option cli_assessments_options[];
extern const struct cli_example cli_assessments_examples[];
extern const struct cli_option cli_stats_options[];
extern const struct cli_example cli_stats_examples[];
extern const struct cli_example cli_calendar_check_examples[];
extern const struct cli_option cli_calendar_show_options[];
extern const struct cli_example cli_calendar_show_examples[];
extern const struct cli_option cli_calendar_import_options[];
extern const struct cli_example cli_calendar_import_examples[];

/* verbs_people.c */
extern const struct cli_option cli_key_create_options[];
extern const struct cli_option cli_key_list_options[];
extern const struct cli_option cli_key_revoke_options[];
extern const struct cli_example cli_key_create_examples[];
extern const struct cli_example cli_key_list_examples[];
extern const struct cli_example cli_key_revoke_examples[];

/* By its name or its alias; NULL when there is none. first, second: as given; second may be NULL. *used:
 * words of what it was found by, 1 or 2. */
const struct cli_verb *cli_verb_find(const char *first, const char *second, size_t *used);
const struct cli_option *cli_option_find(const struct cli_verb *verb, const char *name,
                                         size_t size);

int cli_clocks(struct cli *cli);
int cli_notices(struct cli *cli);
int cli_told(struct cli *cli);
int cli_alerts(struct cli *cli);
int cli_message_list(struct cli *cli);
int cli_message_show(struct cli *cli);
int cli_message_retry(struct cli *cli);
int cli_certificate(struct cli *cli);
int cli_papers(struct cli *cli);
int cli_check(struct cli *cli);
int cli_extend(struct cli *cli);
int cli_supplement(struct cli *cli);
int cli_withdraw(struct cli *cli);
int cli_preview(struct cli *cli);
int cli_material_add(struct cli *cli);
int cli_material_list(struct cli *cli);
int cli_material_get(struct cli *cli);
int cli_delivery(struct cli *cli);
int cli_delivery_show(struct cli *cli);
int cli_result(struct cli *cli);
int cli_verify_result(struct cli *cli);
int cli_fee_show(struct cli *cli);
int cli_fee_pay(struct cli *cli);
int cli_fee_refund(struct cli *cli);
int cli_fee_report(struct cli *cli);
int cli_config_reload(struct cli *cli);
int cli_config_upload(struct cli *cli);
int cli_config_candidates(struct cli *cli);
int cli_config_discard(struct cli *cli);
int cli_config_versions(struct cli *cli);
int cli_config_sources(struct cli *cli);
int cli_task_milestone(struct cli *cli);
int cli_task_bar(struct cli *cli);
int cli_concern_new(struct cli *cli);
int cli_concern_list(struct cli *cli);
int cli_concern_show(struct cli *cli);
int cli_concern_answer(struct cli *cli);
int cli_concern_pass(struct cli *cli);
int cli_evaluation_new(struct cli *cli);
int cli_submit(struct cli *cli);
int cli_show(struct cli *cli);
int cli_watch(struct cli *cli);
int cli_list(struct cli *cli);
int cli_guide(struct cli *cli);
int cli_due(struct cli *cli);
int cli_simulate(struct cli *cli);
int cli_journal_verify(struct cli *cli);
int cli_journal_export(struct cli *cli);
int cli_journal_replay(struct cli *cli);
int cli_journal_checkpoint(struct cli *cli);
int cli_bundle_verify(struct cli *cli);
int cli_backup(struct cli *cli);
int cli_restore(struct cli *cli);
int cli_calendar_check(struct cli *cli);
int cli_calendar_show(struct cli *cli);
int cli_calendar_import(struct cli *cli);
int cli_stats(struct cli *cli);
int cli_assessments(struct cli *cli);
int cli_task_list(struct cli *cli);
int cli_task_show(struct cli *cli);
int cli_task_take(struct cli *cli);
int cli_task_opine(struct cli *cli);
int cli_task_pause(struct cli *cli);
int cli_task_resume(struct cli *cli);
int cli_task_ask(struct cli *cli);
int cli_task_requeue(struct cli *cli);
#define CLI_BATCH_MAX 50 /* tasks of one act, as the hub takes them */
int cli_task_claim(struct cli *cli);
int cli_task_release(struct cli *cli);
int cli_task_batch(struct cli *cli);
int cli_incidents(struct cli *cli);
int cli_incidents_retry(struct cli *cli);
int cli_operations(struct cli *cli);
int cli_plugin_list(struct cli *cli);
int cli_plugin_show(struct cli *cli);
int cli_plugin_load(struct cli *cli);
int cli_plugin_unload(struct cli *cli);
int cli_plugin_logs(struct cli *cli);
int cli_plugin_history(struct cli *cli);
int cli_plugin_upgrade(struct cli *cli);
int cli_plugin_rollback(struct cli *cli);
int cli_plugin_drain(struct cli *cli);
int cli_plugin_enable(struct cli *cli);
int cli_plugin_disable(struct cli *cli);
int cli_plugin_new(struct cli *cli);
int cli_plugin_check(struct cli *cli);
int cli_plugin_run(struct cli *cli);
int cli_plugin_pack(struct cli *cli);
int cli_plugin_sign(struct cli *cli);
int cli_plugin_key(struct cli *cli);
int cli_plugin_verify(struct cli *cli);
int cli_key_create(struct cli *cli);
int cli_key_list(struct cli *cli);
int cli_key_revoke(struct cli *cli);
int cli_config_check(struct cli *cli);
int cli_config_show(struct cli *cli);
int cli_config_diff(struct cli *cli);
int cli_bench(struct cli *cli);
int cli_completion(struct cli *cli);
int cli_completion_words(struct cli *cli);
int cli_version(struct cli *cli);
int cli_help(struct cli *cli);

/* The man page as scdoc source, on stdout. */
void cli_manual_print(const struct cli *cli);

/* What an exit code means, in the run's language. */
const char *cli_exit_text(const struct cli *cli, enum cli_exit code);

#endif
