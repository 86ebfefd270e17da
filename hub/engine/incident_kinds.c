/* SPDX-License-Identifier: Apache-2.0 */
/* What each kind of incident is called, and what is to be done about it. */
#include "engine/incident.h"

#include <stdio.h>
#include <string.h>

#define REQUEUE_ZH "先排除原因（看连接器日志），再整组重新派发；或由工作人员领取后直接办理。"
#define REQUEUE_EN "Put the cause right first (see the connector's log), then send the group out again; or let officers take the tasks."

static const struct incident_kind kinds[] = {
    {"parked", "retries_exhausted", ENGINE_LEVEL_RED, INCIDENT_ACT_REQUEUE, "/worklist?department=%s&state=parked",
     {"任务多次派发失败，已搁置", "Tasks are parked: the connector failed too often"}, {REQUEUE_ZH, REQUEUE_EN}},
    {"parked", "effect_unknown", ENGINE_LEVEL_RED, INCIDENT_ACT_REQUEUE, "/worklist?department=%s&state=parked",
     {"任务可能已送达部门，结果不明，已搁置", "Tasks are parked: the department may have them already, nobody knows"},
     {"先向部门核实是否已收到：没有收到的才重新派发，已收到的由工作人员录入意见。",
      "Ask the department whether it has them: send out again what it has not, and let officers enter the opinion of what it has."}},
    {"parked", "poison", ENGINE_LEVEL_RED, INCIDENT_ACT_REQUEUE, "/worklist?department=%s&state=parked",
     {"任务两次使连接器崩溃，已搁置", "Tasks are parked: the connector crashed twice over them"},
     {"升级或回退连接器之后再重新派发；急件由工作人员领取办理。", "Upgrade or roll back the connector, then send them out again; let officers take what is urgent."}},
    {"parked", "by_connector", ENGINE_LEVEL_YELLOW, INCIDENT_ACT_REQUEUE, "/worklist?department=%s&state=parked",
     {"连接器请求人工处理", "The connector asks for an officer"},
     {"由工作人员领取办理；问题排除后也可整组重新派发。", "Let officers take the tasks; once the question is settled they can be sent out again."}},
    {"late", "task", ENGINE_LEVEL_RED, INCIDENT_ACT_NONE, "/worklist?department=%s&queue=worklist&late=true",
     {"工作清单上的任务已过承诺期限", "Tasks of the worklist are past their promised date"},
     {"按到期先后认领办理；确有原因的依法办理延期。", "Claim and decide them, due first; where there is a reason, extend as the law allows."}},
    {"late", "application", ENGINE_LEVEL_RED, INCIDENT_ACT_NONE, "/applications?overdue=true&status=in_review",
     {"在办申请已超期", "Applications under review are late"},
     {"逐件查看卡在哪个部门，并督办。", "See at which department each of them stands, and press for it."}},
    {"connector", "failed", ENGINE_LEVEL_RED, INCIDENT_ACT_NONE, "/connectors/%s",
     {"连接器未能启动，任务等待", "A connector could not be started: its tasks wait"},
     {"按所述原因改正模块或配置，再重新装载。", "Correct the module or its configuration as the error says, then load it again."}},
    {"connector", "quarantined", ENGINE_LEVEL_RED, INCIDENT_ACT_ENABLE, "/connectors/%s",
     {"连接器反复崩溃，已隔离", "A connector keeps crashing and is quarantined"},
     {"查看日志，升级或回退版本；系统会自动试探恢复。", "See its log, upgrade or roll back; the hub probes it by itself."}},
    {"connector", "backoff", ENGINE_LEVEL_YELLOW, INCIDENT_ACT_NONE, "/connectors/%s",
     {"连接器中断，正在等待重启", "A connector ended and waits to be started again"},
     {"无须操作；若反复出现请查看日志。", "Nothing is to be done; see its log if it comes again and again."}},
    {"connector", "breaker_open", ENGINE_LEVEL_RED, INCIDENT_ACT_NONE, "/connectors/%s",
     {"部门系统连续失败，已熔断", "A department's system keeps failing: its circuit breaker is open"},
     {"联系部门恢复其系统；恢复后自动续办。", "Have the department put its system right; work goes on by itself then."}},
    {"connector", "disabled", ENGINE_LEVEL_YELLOW, INCIDENT_ACT_ENABLE, "/connectors/%s",
     {"连接器已停用，任务等待", "A connector is disabled: its tasks wait"}, {"停用原因消除后启用。", "Enable it once the reason is gone."}},
    {"connector", "drained", ENGINE_LEVEL_YELLOW, INCIDENT_ACT_ENABLE, "/connectors/%s",
     {"连接器不再接收新任务", "A connector takes no new tasks"}, {"维护结束后启用。", "Enable it when the work on it is done."}},
    {"connector", "absent", ENGINE_LEVEL_RED, INCIDENT_ACT_NONE, "/connectors/%s",
     {"远程连接器失联", "A remote connector has not come for its work"}, {"检查其进程、网络与密钥。", "Check its process, its network and its key."}},
    {"connector", "distrusted", ENGINE_LEVEL_YELLOW, INCIDENT_ACT_NONE, "/connectors/%s",
     {"签名密钥不再受信任，重启后将无法启动", "A connector's signing key is not trusted any more: it will not start again"},
     {"装载由受信任密钥签名的版本。", "Load a version signed by a trusted key."}},
    {"callbacks", "refused", ENGINE_LEVEL_YELLOW, INCIDENT_ACT_NONE, "/connectors/%s",
     {"部门回调被拒绝（启动以来）", "Callbacks of a department were refused (since the hub started)"},
     {"核对部门的签名密钥、时钟与所报编号。", "Check the department's signing secret, its clock and the numbers that it names."}},
    {"messages", "failed", ENGINE_LEVEL_RED, INCIDENT_ACT_RETRY, "/messages?state=failed",
     {"通知未能送达", "Notices reached nobody"}, {"排除渠道故障后整组重发；重发无效的请另行告知申请人。", "Put the channel right, then send the group again; tell the others another way."}},
    {"messages", "stuck", ENGINE_LEVEL_YELLOW, INCIDENT_ACT_RETRY, "/messages?state=waiting",
     {"通知久未发出", "Notices have waited for long"}, {"检查通知连接器。", "See whether the notifiers run."}},
    {"parcels", "failed", ENGINE_LEVEL_RED, INCIDENT_ACT_NONE, NULL,
     {"快递未能交运", "Parcels could not be handed to the carrier"}, {"改为窗口领取，或换承运方。", "Hand the result over at a window, or use another carrier."}},
    {"parcels", "stuck", ENGINE_LEVEL_YELLOW, INCIDENT_ACT_NONE, NULL,
     {"快递久未交运", "Parcels have waited for long"}, {"检查承运连接器。", "See whether the carrier's connector runs."}},
    {"scans", "failed", ENGINE_LEVEL_RED, INCIDENT_ACT_NONE, NULL,
     {"材料未能完成病毒检查", "Documents could not be scanned"}, {"检查扫描连接器；材料须重新上传。", "See whether the scanner runs; the documents are to be handed in again."}},
    {"scans", "stuck", ENGINE_LEVEL_RED, INCIDENT_ACT_NONE, NULL,
     {"材料等待病毒检查", "Documents wait for their scan"}, {"检查扫描连接器；恢复后自动继续。", "See whether the scanner runs; it goes on by itself then."}},
};

const struct incident_kind *engine_incident_kind_find(const char *kind, const char *cause)
{
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (strcmp(kinds[i].kind, kind) == 0 && strcmp(kinds[i].cause, cause) == 0)
            return &kinds[i];
    return NULL;
}

void engine_incident_id_format(const struct incident *incident, char id[INCIDENT_ID_SIZE])
{
    snprintf(id, INCIDENT_ID_SIZE, "%s.%s%s%s", incident->kind->kind, incident->kind->cause, incident->subject[0] != '\0' ? "." : "",
             incident->subject);
}

void engine_incident_key_format(const struct incident *incident, char key[INCIDENT_KEY_SIZE])
{
    long long first_ms = incident->first_ms > 0 ? incident->first_ms : incident->first_day * INT64_C(86400000);

    snprintf(key, INCIDENT_KEY_SIZE, "%d.%015lld.%s.%s.%s", 9 - (int)incident->kind->level, first_ms > 0 ? first_ms : 0, incident->subject,
             incident->kind->kind, incident->kind->cause);
}
