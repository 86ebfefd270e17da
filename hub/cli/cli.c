/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "base/hash.h"
#include "base/memory.h"
#include "cli/arguments.h"
#include "cli/http.h"
#include "cli/verbs.h"

const char *cli_say(const struct cli *cli, const char *zh, const char *en)
{
    return cli->language == CLI_EN ? en : zh;
}

void cli_tell(const struct cli *cli, const char *format, ...)
{
    va_list arguments;

    (void)cli;
    fflush(stdout); /* so that result and talk keep their order on one terminal */
    fputs("onedoor: ", stderr);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
}

/* Errors: OD_EIO, OD_ELIMIT more than CLI_FILE_MAX, OD_ENOMEM. */
static int stream_read(FILE *file, struct base_buffer *buffer)
{
    size_t got;

    do {
        if (base_buffer_reserve(buffer, 65536) != OD_OK)
            return OD_ENOMEM;
        got = fread(buffer->bytes + buffer->size, 1, 65536, file);
        buffer->size += got;
        if (buffer->size > CLI_FILE_MAX)
            return OD_ELIMIT;
    } while (got > 0);
    return ferror(file) ? OD_EIO : OD_OK;
}

int cli_file_read(const struct cli *cli, const char *path, char **bytes, size_t *size)
{
    struct base_buffer buffer = {0};
    bool is_stdin = strcmp(path, "-") == 0;
    FILE *file = is_stdin ? stdin : fopen(path, "rb");

    if (file == NULL) {
        int reason = errno;
        cli_tell(cli, "%s: %s", path, strerror(reason));
        return reason == ENOENT || reason == ENOTDIR ? CLI_NOT_FOUND : CLI_FAILED;
    }
    int rc = stream_read(file, &buffer);
    int reason = errno;
    if (!is_stdin)
        fclose(file);
    char *taken = rc == OD_OK ? base_buffer_take(&buffer, size) : NULL;
    if (taken != NULL) {
        *bytes = taken;
        return CLI_DONE;
    }
    base_buffer_fini(&buffer);
    cli_tell(cli, "%s: %s", path,
             rc == OD_EIO ? strerror(reason)
                          : cli_say(cli, "文件过大或内存不足", "too large, or no memory left"));
    return CLI_FAILED;
}

int cli_json_read(const struct cli *cli, const char *path, const char *bytes, size_t size,
                  struct base_json **out)
{
    struct base_json_error error = {0};
    int rc = base_json_parse(bytes, size, out, &error);

    if (rc == OD_OK)
        return CLI_DONE;
    if (rc == OD_ENOMEM) {
        cli_tell(cli, "%s", cli_say(cli, "内存不足", "no memory left"));
        return CLI_FAILED;
    }
    cli_tell(cli, "%s:%u:%u: %s%s%s%s", path, (unsigned)error.line, (unsigned)error.column,
             error.text, error.pointer[0] != '\0' ? " (" : "", error.pointer,
             error.pointer[0] != '\0' ? ")" : "");
    return CLI_REFUSED;
}

/* A full disk or a closed pipe must not look like success. */
static int result_flush(const struct cli *cli, int rc)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return rc;
    cli_tell(cli, "%s: %s", cli_say(cli, "无法写出结果", "the result could not be written"),
             strerror(errno));
    return rc == CLI_DONE ? CLI_FAILED : rc;
}

int cli_run(int argc, char **argv)
{
    struct cli cli = {0};

    int rc = cli_arguments_read(&cli, argc, argv);
    if (rc != CLI_DONE)
        return rc;
    if (base_hash_init() != OD_OK) {
        cli_tell(&cli, "%s",
                 cli_say(&cli, "没有随机数来源", "there is no source of random numbers"));
        return CLI_FAILED;
    }
    rc = cli.is_help ? cli_help(&cli) : cli.verb->run(&cli);
    cli_http_end();
    return result_flush(&cli, rc);
}
