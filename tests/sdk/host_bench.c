/* SPDX-License-Identifier: Apache-2.0 */
/* CPU of one onedoor-host for an offer and its opinion, by size of the batch. Not a
 * test: run by hand on a release build, `OD_BUILD=build/release build/release/tests/sdk_host_bench`. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/time.h"
#include "sdk/fake_hub.h"

#define FORM_SIZE 1024

static double cpu_us(pid_t pid)
{
    char path[64], text[1024] = "";
    unsigned long user = 0, system = 0;

    snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
    FILE *file = fopen(path, "r");
    if (file == NULL || fgets(text, sizeof(text), file) == NULL)
        abort();
    fclose(file);
    if (sscanf(strrchr(text, ')') + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system) != 2)
        abort();
    return (double)(user + system) * 1e6 / (double)sysconf(_SC_CLK_TCK);
}

static void forget(struct fake_hub *hub)
{
    for (size_t i = 0; i < hub->report_count; i++)
        free(hub->reports[i].payload);
    hub->report_count = 0;
}

/* All offers of a batch are answered before the next goes: the dearest way. */
static void measure(const char *module, const char *config, size_t batch, size_t total, size_t reports)
{
    struct fake_hub hub;
    char form[FORM_SIZE + 64];

    int size = snprintf(form, sizeof(form), "{\"name\":\"");
    memset(form + size, 'n', FORM_SIZE - 200);
    snprintf(form + size + FORM_SIZE - 200, 200, "\",\"kind\":\"bar\",\"seats\":40,\"premises_area_m2\":120}");
    fake_hub_open(&hub, fake_build_path(module), config, false, 1764391084123);
    double cpu = cpu_us(hub.pid);
    int64_t began_ms = base_monotonic_ms();
    for (size_t done = 0; done < total; done += batch) {
        for (size_t i = 0; i < batch; i++)
            fake_hub_offer(&hub, (done + i + 1) * 64, 1, form);
        fake_hub_send(&hub);
        fake_hub_wait_reports(&hub, batch * reports);
        forget(&hub);
    }
    int64_t took_ms = base_monotonic_ms() - began_ms;
    printf("%-20s batch %3zu: %6.2f us of CPU in the host, %6.2f us of time, for each offer and its %zu reports\n", module,
           batch, (cpu_us(hub.pid) - cpu) / (double)total, (double)took_ms * 1e3 / (double)total, reports);
    fake_hub_fini(&hub);
}

int main(void)
{
    static const size_t batches[] = {1, 8, 32, 128};

    for (size_t i = 0; i < sizeof(batches) / sizeof(batches[0]); i++) {
        size_t total = batches[i] == 1 ? 20000 : 128000;

        measure("modules/hello-1.0.0", "{}", batches[i], total, 1);
        measure("modules/sim-1.0.0", "{}", batches[i], total, 1);
        measure("modules/sim-1.0.0", "{\"accept\":true}", batches[i], total, 2);
    }
    return 0;
}
