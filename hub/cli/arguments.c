/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/arguments.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/suggest.h"
#include "cli/verbs.h"

static int refuse(const struct cli *cli, const char *zh, const char *en, const char *what,
                  const char *instead)
{
    if (instead != NULL)
        cli_tell(cli,
                 cli->language == CLI_EN ? "%s: %s; did you mean %s?" : "%s：%s；是否想要 %s？",
                 cli_say(cli, zh, en), what, instead);
    else
        cli_tell(cli, cli->language == CLI_EN ? "%s: %s" : "%s：%s", cli_say(cli, zh, en),
                 what);
    if (cli->verb != NULL)
        cli_tell(cli, "onedoor help %s", cli->verb->name);
    else
        cli_tell(cli, "onedoor help");
    return CLI_USAGE;
}

static const char *nearest_option(const struct cli_verb *verb, const char *wrong)
{
    struct cli_suggestion best = {0};

    for (const struct cli_option *option = cli_common_options; option->name != NULL; option++)
        cli_suggest(&best, wrong, option->name);
    for (const struct cli_option *option = verb->options;
         option != NULL && option->name != NULL; option++)
        cli_suggest(&best, wrong, option->name);
    return best.word;
}

/* Is there a verb "group ..."? */
static bool is_group(const char *group)
{
    size_t size = strlen(group);

    for (const struct cli_verb *verb = cli_verbs; verb->name != NULL; verb++) {
        if (strncmp(verb->name, group, size) == 0 && verb->name[size] == ' ')
            return true;
    }
    return false;
}

/* "task" alone, or "task opine": the words of the group, else of all verbs. */
static const char *nearest_verb(const char *first, const char *second,
                                char both[2 * CLI_SUGGEST_MAX])
{
    struct cli_suggestion best = {0};
    bool is_of_group = is_group(first);

    both[0] = '\0';
    strncat(both, first, CLI_SUGGEST_MAX - 1);
    if (second != NULL) {
        strncat(both, " ", 2);
        strncat(both, second, CLI_SUGGEST_MAX - 2);
    }
    for (const struct cli_verb *verb = cli_verbs; verb->name != NULL; verb++) {
        bool has_two = strchr(verb->name, ' ') != NULL;
        if (!is_of_group || has_two)
            cli_suggest(&best, has_two ? both : first, verb->name);
    }
    return best.word;
}

static bool is_option(const char *word)
{
    return strncmp(word, "--", 2) == 0 && word[2] != '\0';
}

/* The words that are no options come first into words: the verb is found by them,
 * and only then it is known which options take a value. */
static const struct cli_verb *verb_find(int argc, char **argv, size_t *used,
                                        const char *words[2])
{
    size_t count = 0;

    words[0] = words[1] = NULL;
    for (int i = 1; i < argc && count < 2; i++) {
        size_t size = strcspn(argv[i], "=");
        const struct cli_option *option = cli_option_find(NULL, argv[i], size);
        if (strcmp(argv[i], "--") == 0)
            break;
        if (option != NULL && option->value != NULL && argv[i][size] == '\0')
            i++; /* its value */
        else if (!is_option(argv[i]) && strcmp(argv[i], "-h") != 0)
            words[count++] = argv[i];
    }
    return words[0] != NULL ? cli_verb_find(words[0], words[1], used) : NULL;
}

/* One option at argv[*at]; *at moves to its last word. */
static int option_read(struct cli *cli, int argc, char **argv, int *at)
{
    char *word = argv[*at];
    size_t size = strcspn(word, "=");
    const struct cli_option *option = cli_option_find(cli->verb, word, size);
    const char *value = word[size] == '=' ? word + size + 1 : NULL;

    if (option == NULL) {
        word[size] = '\0';
        return refuse(cli, "没有这个选项", "no such option", word,
                      nearest_option(cli->verb, word));
    }
    if (option->value == NULL && value != NULL)
        return refuse(cli, "该选项不带值", "this option takes no value", option->name, NULL);
    if (option->value != NULL && value == NULL) {
        if (*at + 1 >= argc)
            return refuse(cli, "该选项缺少值", "this option needs a value", option->name, NULL);
        value = argv[++*at];
    }
    if (!option->may_repeat && cli_option(cli, option->name) != NULL)
        return refuse(cli, "该选项只能给一次", "this option can be given once only",
                      option->name, NULL);
    if (cli->given_count == CLI_OPTIONS_MAX)
        return refuse(cli, "选项过多", "too many options", option->name, NULL);
    cli->given[cli->given_count++] = (struct cli_given){option, value};
    return CLI_DONE;
}

static int operand_add(struct cli *cli, const char *word)
{
    if (cli->operand_count >= cli->verb->operands_max || cli->operand_count == CLI_OPERANDS_MAX)
        return refuse(cli, "多余的参数", "one argument too many", word, NULL);
    cli->operands[cli->operand_count++] = word;
    return CLI_DONE;
}

static int rest_read(struct cli *cli, int argc, char **argv, size_t verb_words)
{
    bool has_ended = false;
    int rc = CLI_DONE;

    for (int i = 1; i < argc && rc == CLI_DONE; i++) {
        if (!has_ended && strcmp(argv[i], "--") == 0)
            has_ended = true;
        else if (!has_ended && strcmp(argv[i], "-h") == 0)
            cli->is_help = true;
        else if (!has_ended && is_option(argv[i]))
            rc = option_read(cli, argc, argv, &i);
        else if (verb_words > 0)
            verb_words--;
        else
            rc = operand_add(cli, argv[i]);
    }
    return rc;
}

static enum cli_language language_of(const char *name)
{
    return name != NULL && (strncmp(name, "zh", 2) == 0 || strncmp(name, "ZH", 2) == 0)
               ? CLI_ZH_CN
               : CLI_EN;
}

static const char *locale_name(void)
{
    static const char *const names[] = {"LC_ALL", "LC_MESSAGES", "LANG"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const char *value = getenv(names[i]);
        if (value != NULL && value[0] != '\0')
            return value;
    }
    return NULL;
}

static const char *given_or_environment(const struct cli *cli, const char *name,
                                        const char *variable)
{
    const char *value = cli_option(cli, name);

    if (value == NULL)
        value = getenv(variable);
    return value != NULL && value[0] != '\0' ? value : NULL;
}

/* The width for people: COLUMNS where it is set, else the terminal's own. */
static size_t terminal_columns(void)
{
    const char *text = getenv("COLUMNS");
    long given = text != NULL ? strtol(text, NULL, 10) : 0;
    struct winsize size = {0};

    if (given > 0 && given <= 10000)
        return (size_t)given;
    return isatty(STDOUT_FILENO) && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col
                                                                                 : 0;
}

static void terminal_read(struct cli *cli)
{
    const char *no_color = getenv("NO_COLOR");
    bool may_color = no_color == NULL || no_color[0] == '\0';

    cli->is_out_colored = may_color && isatty(STDOUT_FILENO);
    cli->is_err_colored = may_color && isatty(STDERR_FILENO);
    cli->columns = terminal_columns();
}

static int common_read(struct cli *cli)
{
    const struct cli_option *option = cli_option_find(cli->verb, "--lang", strlen("--lang"));
    bool is_of_verb = option != cli_option_find(NULL, "--lang", strlen("--lang")); /* plugin new: of its code */
    const char *language = is_of_verb ? NULL : cli_option(cli, "--lang");

    if (language != NULL && strncmp(language, "zh", 2) != 0 && strncmp(language, "en", 2) != 0)
        return refuse(cli, "语言只能是 zh-CN 或 en", "the language is zh-CN or en, not",
                      language, NULL);
    if (language != NULL)
        cli->language = language_of(language);
    cli->is_json = cli_option(cli, "--json") != NULL;
    cli->is_help |= cli_option(cli, "--help") != NULL;
    cli->url = given_or_environment(cli, "--url", "ONEDOOR_URL");
    cli->key = given_or_environment(cli, "--api-key", "ONEDOOR_KEY");
    if (cli->url == NULL)
        cli->url = "http://127.0.0.1:8080";
    terminal_read(cli);
    return CLI_DONE;
}

static bool has_help(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
            return true;
    }
    return false;
}

/* "onedoor", "onedoor --help", "onedoor --version": as if the verb had been said. */
static const struct cli_verb *verb_implied(int argc, char **argv)
{
    size_t used;
    bool is_version = argc == 2 && strcmp(argv[1], "--version") == 0;

    if (is_version)
        argv[1][0] = '\0';
    return cli_verb_find(is_version ? "version" : "help", NULL, &used);
}

/* "task" alone: which of its verbs? */
static int group_refuse(const struct cli *cli, const char *group)
{
    size_t size = strlen(group);

    cli_tell(cli, cli_say(cli, "%s 之后还缺一个词：", "%s needs one more word:"), group);
    for (const struct cli_verb *verb = cli_verbs; verb->name != NULL; verb++) {
        if (strncmp(verb->name, group, size) == 0 && verb->name[size] == ' ')
            cli_tell(cli, "  %s %s", verb->name, verb->operands);
    }
    cli_tell(cli, "onedoor help %s", group);
    return CLI_USAGE;
}

int cli_arguments_read(struct cli *cli, int argc, char **argv)
{
    const char *words[2];
    char both[2 * CLI_SUGGEST_MAX];
    size_t used = 0;

    cli->language = language_of(locale_name());
    cli->verb = verb_find(argc, argv, &used, words);
    if (cli->verb == NULL && words[0] != NULL && words[1] == NULL && is_group(words[0])) {
        if (!has_help(argc, argv))
            return group_refuse(cli, words[0]);
        cli->verb = cli_verb_find("help", NULL, &used); /* "task --help" is "help task" */
        used = 0;                                       /* "task" is its operand */
    }
    if (cli->verb == NULL && words[0] != NULL) {
        const char *nearest = nearest_verb(words[0], words[1], both);
        return refuse(cli, "没有这个命令", "no such verb", is_group(words[0]) ? both : words[0],
                      nearest);
    }
    if (cli->verb == NULL) {
        cli->verb = verb_implied(argc, argv);
        argc = argc == 2 && argv[1][0] == '\0' ? 1 : argc;
    }
    int rc = rest_read(cli, argc, argv, used);
    if (rc == CLI_DONE)
        rc = common_read(cli);
    if (rc == CLI_DONE && !cli->is_help && cli->operand_count < cli->verb->operands_min)
        return refuse(cli, "缺少参数", "missing argument", cli->verb->operands, NULL);
    return rc;
}

const char *cli_option(const struct cli *cli, const char *name)
{
    for (size_t i = cli->given_count; i > 0; i--) {
        const struct cli_given *given = &cli->given[i - 1];
        if (strcmp(given->option->name, name) == 0)
            return given->value != NULL ? given->value : "";
    }
    return NULL;
}

int cli_option_integer(const struct cli *cli, const char *name, int64_t min, int64_t max,
                       int64_t absent, int64_t *out)
{
    const char *text = cli_option(cli, name);
    char *end;

    if (text == NULL) {
        *out = absent;
        return OD_OK;
    }
    errno = 0;
    long long value = strtoll(text, &end, 10);
    bool is_number =
        end != text && *end == '\0' && text[strspn(text, "+-0123456789")] == '\0' && errno == 0;
    if (!is_number || value < min || value > max) {
        cli_tell(cli,
                 cli_say(cli, "%s 须为 %lld 至 %lld 的整数，而不是 %s",
                         "%s must be an integer from %lld to %lld, not %s"),
                 name, (long long)min, (long long)max, text);
        return OD_EINVAL;
    }
    *out = value;
    return OD_OK;
}

bool cli_is_one_of(const struct cli *cli, const char *word, const char *const *words)
{
    struct cli_suggestion best = {0};
    char allowed[512] = "";

    for (size_t i = 0; words[i] != NULL && word != NULL; i++) {
        if (strcmp(words[i], word) == 0)
            return true;
        cli_suggest(&best, word, words[i]);
        if (i > 0)
            strncat(allowed, ", ", sizeof(allowed) - strlen(allowed) - 1);
        strncat(allowed, words[i], sizeof(allowed) - strlen(allowed) - 1);
    }
    if (word == NULL)
        return true;
    if (best.word != NULL)
        cli_tell(cli,
                 cli_say(cli, "没有 %s；是否想要 %s？", "there is no %s; did you mean %s?"),
                 word, best.word);
    cli_tell(cli, cli_say(cli, "%s 不可用；可用：%s", "%s is not allowed; allowed: %s"), word,
             allowed);
    return false;
}
