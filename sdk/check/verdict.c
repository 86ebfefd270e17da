/* SPDX-License-Identifier: Apache-2.0 */
#include "check/verdict.h"

#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int verdict_fd = -1;
static pid_t owned_group;
static bool is_module_here;

void check_verdict_init(int fd, bool is_in_process)
{
    verdict_fd = fd;
    is_module_here = is_in_process;
}

void check_verdict_owns(pid_t group)
{
    owned_group = group;
}

/* One line: a letter, then the text with line ends taken out. */
static void put(char letter, const char *text)
{
    char line[CHECK_VERDICT_SIZE];
    size_t size = 1;

    line[0] = letter;
    for (; *text != '\0' && size < sizeof(line) - 1; text++)
        line[size++] = *text == '\n' || *text == '\r' ? ' ' : *text;
    line[size++] = '\n';
    ssize_t sent = write(verdict_fd, line, size);
    (void)sent; /* a parent that is gone needs no verdict */
}

__attribute__((noreturn)) static void end(int code)
{
    if (owned_group > 0)
        kill(-owned_group, SIGKILL);
    _exit(code);
}

void check_fail(const char *fix, const char *format, ...)
{
    char text[CHECK_VERDICT_SIZE];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    put('F', text);
    put('X', fix);
    end(1);
}

void check_skip(const char *format, ...)
{
    char text[CHECK_VERDICT_SIZE];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    put('S', text);
    end(0);
}

void check_note(const char *format, ...)
{
    char text[CHECK_VERDICT_SIZE];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    put('N', text);
}

void check_pass(void)
{
    put('P', "");
    if (is_module_here)
        exit(0); /* AddressSanitizer looks for leaks now, and ends with another code */
    end(0);
}
