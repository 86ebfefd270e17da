/* SPDX-License-Identifier: Apache-2.0 */
/* The hub daemon: options, configuration, signals, and the loop around the engine. */
#include <assert.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <uv.h>

#include "base/buffer.h"
#include "base/hash.h"
#include "base/log.h"
#include "bin/options.h"
#include "engine/engine.h"

#define DESCRIPTORS_MAX 65536

struct program {
    struct bin_options options;
    uv_loop_t loop;
    struct engine *engine;
    uv_signal_t terminate, interrupt, reload;
    bool is_stopping;
};

/* The notification protocol of sd_notify(3): one datagram; no library is needed for it. */
static void notify(const char *state)
{
    const char *path = getenv("NOTIFY_SOCKET");
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    if (path == NULL || strlen(path) >= sizeof(address.sun_path))
        return;
    memcpy(address.sun_path, path, strlen(path));
    if (path[0] == '@')
        address.sun_path[0] = '\0';
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return;
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path));
    if (sendto(fd, state, strlen(state), MSG_NOSIGNAL, (struct sockaddr *)&address, size) < 0)
        base_log(BASE_LOG_WARNING, "NOTIFY_SOCKET does not take the state");
    close(fd);
}

/* The sample center keeps nothing where it is installed: without --data each demo starts anew. */
static const char *demo_folder(void)
{
    static char folder[PATH_MAX];
    static bool is_made;
    const char *below = getenv("TMPDIR"); /* POSIX.1-2017, 8.3 */

    if (is_made)
        return folder;
    if (below == NULL || *below == '\0')
        below = "/tmp";
    int size = snprintf(folder, sizeof(folder), "%s/onedoor-demo-XXXXXX", below);
    if (size < 0 || (size_t)size >= sizeof(folder) || mkdtemp(folder) == NULL) {
        fprintf(stderr, "onedoord: no folder can be made in %s; give one with --data\n", below);
        return NULL;
    }
    is_made = true;
    return folder;
}

static int load_config(const struct program *program, struct engine_config *config)
{
    const struct bin_options *options = &program->options;
    const char *path = options->config != NULL ? options->config : options->sample;
    char text[1024];

    if (*path == '\0') {
        fprintf(stderr, "onedoord: the sample center is missing beside onedoord; install the whole package\n");
        return OD_ENOTFOUND;
    }
    int rc = engine_config_load(path, config, text);
    if (rc != OD_OK) {
        fprintf(stderr, "onedoord: %s\n", text);
        return rc;
    }
    if (options->data != NULL) {
        config->data = options->data;
        config->origins.flags |= 1u << ENGINE_SETTING_DATA;
    } else if (options->config == NULL) {
        config->data = options->is_show ? NULL : demo_folder(); /* made at the start */
        if (config->data == NULL && !options->is_show)
            return OD_EIO;
        config->origins.environment |= 1u << ENGINE_SETTING_DATA;
    }
    if (options->listen != NULL) {
        config->listen = options->listen;
        config->origins.flags |= 1u << ENGINE_SETTING_LISTEN;
    }
    if (options->is_demo && !config->may_be_unsigned)
        config->origins.flags |= 1u << ENGINE_SETTING_MODULES_UNSIGNED;
    config->may_be_unsigned = config->may_be_unsigned || options->is_demo;
    return OD_OK;
}

static void on_closed(uv_handle_t *handle)
{
    (void)handle;
}

static void on_stopped(void *owner)
{
    struct program *program = owner;

    program->engine = NULL;
    uv_close((uv_handle_t *)&program->terminate, on_closed);
    uv_close((uv_handle_t *)&program->interrupt, on_closed);
    uv_close((uv_handle_t *)&program->reload, on_closed);
}

static void on_stop_signal(uv_signal_t *signal, int number)
{
    struct program *program = signal->data;

    if (program->is_stopping)
        return;
    program->is_stopping = true;
    base_log(BASE_LOG_INFO, "signal %d: draining", number);
    notify("STOPPING=1");
    engine_stop(program->engine, on_stopped, program);
}

static void on_reload_signal(uv_signal_t *signal, int number)
{
    struct program *program = signal->data;
    struct engine_config config;
    char text[512] = "the configuration is refused; the running one stays";

    (void)number;
    if (program->is_stopping)
        return;
    if (load_config(program, &config) == OD_OK) {
        if (engine_reload(program->engine, &config, text) == OD_OK) {
            engine_config_note(program->engine, &config);
            snprintf(text, sizeof(text), "reloaded");
        }
        engine_config_fini(&config);
    }
    base_log(BASE_LOG_INFO, "SIGHUP: %s", text);
}

static void signals_start(struct program *program)
{
    const struct { uv_signal_t *signal; uv_signal_cb on_signal; int number; } rows[] = {
        {&program->terminate, on_stop_signal, SIGTERM},
        {&program->interrupt, on_stop_signal, SIGINT},
        {&program->reload, on_reload_signal, SIGHUP},
    };

    signal(SIGPIPE, SIG_IGN);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uv_signal_init(&program->loop, rows[i].signal);
        rows[i].signal->data = program;
        uv_signal_start(rows[i].signal, rows[i].on_signal, rows[i].number);
    }
}

/* As many descriptors as the system allows; the doors count on the soft limit. */
static void raise_descriptors(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    limit.rlim_cur = limit.rlim_max < DESCRIPTORS_MAX ? limit.rlim_max : DESCRIPTORS_MAX;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
        base_log(BASE_LOG_WARNING, "the limit of open files stays as it was");
}

static int run(struct program *program, const struct engine_config *config)
{
    struct engine_options options = {.config = config, .host_program = program->options.host,
                                     .egress_program = program->options.egress[0] != '\0' ? program->options.egress : NULL,
                                     .gateway_program = program->options.gateway[0] != '\0' ? program->options.gateway : NULL,
                                     .is_demo = program->options.is_demo, .has_self_test = true, .is_clock_virtual = program->options.is_clock_virtual};
    char text[512] = "";

    if (engine_start(&program->loop, &options, &program->engine, text) != OD_OK) {
        fprintf(stderr, "onedoord: %s\n", text);
        return EXIT_FAILURE;
    }
    signals_start(program);
    base_log(BASE_LOG_INFO, "data in %s", config->data);
    printf("ready %s\n", engine_address(program->engine));
    fflush(stdout);
    notify("READY=1");
    uv_run(&program->loop, UV_RUN_DEFAULT);
    int rc = uv_loop_close(&program->loop);
    assert(rc == 0);
    return rc == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* As it would be in force, on stdout. */
static int show(const struct program *program, const struct engine_config *config)
{
    struct base_buffer text = {0};

    engine_config_put(&text, config, program->options.is_demo);
    bool is_written = puts(base_buffer_text(&text)) >= 0 && fflush(stdout) == 0 && !text.is_broken;
    base_buffer_fini(&text);
    return is_written ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int argc, char **argv)
{
    static struct program program;
    struct engine_config config;
    int status = bin_options_parse(&program.options, argc, argv);

    if (status >= 0)
        return status;
    base_log_init("onedoord", program.options.is_demo ? "DEMO" : NULL,
                  program.options.is_verbose ? BASE_LOG_DEBUG : BASE_LOG_INFO);
    if (base_hash_init() != OD_OK || load_config(&program, &config) != OD_OK)
        return EXIT_FAILURE;
    if (program.options.is_show) {
        status = show(&program, &config);
        engine_config_fini(&config);
        return status;
    }
    raise_descriptors();
    uv_loop_init(&program.loop);
    status = program.options.is_check ? engine_config_check(&config) : run(&program, &config);
    engine_config_fini(&config);
    return status;
}
