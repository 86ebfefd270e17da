/* SPDX-License-Identifier: Apache-2.0 */
/* completion: the scripts for shells. Each asks `onedoor completion words`, the very program that is being completed. */
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "cli/verbs.h"

static const char bash_script[] =
    "# completion of onedoor for bash\n"
    "_onedoor()\n"
    "{\n"
    "    local rest=${COMP_LINE:0:COMP_POINT} last=${COMP_WORDS[COMP_CWORD]} word line i\n"
    "    local -a words=() found=()\n"
    "    COMPREPLY=()\n"
    "    # readline parts words at = and : as well; together again they are what the program reads\n"
    "    for ((i = 0; i <= COMP_CWORD; i++)); do\n"
    "        word=${COMP_WORDS[i]}\n"
    "        if [[ $i -gt 0 && -n $rest && $rest != [[:space:]]* ]]; then\n"
    "            words[-1]+=$word\n"
    "        else\n"
    "            rest=${rest#\"${rest%%[![:space:]]*}\"}\n"
    "            words+=(\"$word\")\n"
    "        fi\n"
    "        rest=${rest:${#word}}\n"
    "    done\n"
    "    word=${words[-1]%\"$last\"}\n"
    "    [[ $last != [=:] ]] || word+=$last last=\n"
    "    mapfile -t found < <(\"$1\" completion words -- \"${words[@]:1}\" 2>/dev/null)\n"
    "    for line in \"${found[@]}\"; do\n"
    "        case $line in\n"
    "        :files) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- \"$last\") ;;\n"
    "        :folders) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -d -- \"$last\") ;;\n"
    "        *) line=${line%%$'\\t'*}; COMPREPLY+=(\"${line#\"$word\"}\") ;;\n"
    "        esac\n"
    "    done\n"
    "}\n"
    "complete -F _onedoor onedoor\n";

static const char zsh_script[] =
    "#compdef onedoor\n"
    "# completion of onedoor for zsh\n"
    "_onedoor()\n"
    "{\n"
    "    local line\n"
    "    local -a found described\n"
    "    found=(\"${(@f)$(${(Q)words[1]} completion words -- \"${(@Q)words[2,CURRENT]}\" 2>/dev/null)}\")\n"
    "    for line in $found; do\n"
    "        case $line in\n"
    "        :files) _files ;;\n"
    "        :folders) _files -/ ;;\n"
    "        ?*) described+=(\"${${line%%$'\\t'*}//:/\\\\:}:${line#*$'\\t'}\") ;;\n"
    "        esac\n"
    "    done\n"
    "    (( $#described == 0 )) || _describe onedoor described\n"
    "}\n"
    "if [[ ${funcstack[1]} == _onedoor ]]; then _onedoor \"$@\"; else compdef _onedoor onedoor; fi\n";

static const char fish_script[] =
    "# completion of onedoor for fish\n"
    "function __onedoor_complete\n"
    "    set -l words (commandline -opc)\n"
    "    set -l current (commandline -ct)\n"
    "    set -l found ($words[1] completion words -- $words[2..] \"$current\" 2>/dev/null)\n"
    "    for line in $found\n"
    "        switch $line\n"
    "            case ':files'\n"
    "                __fish_complete_path \"$current\"\n"
    "            case ':folders'\n"
    "                __fish_complete_directories \"$current\"\n"
    "            case '*'\n"
    "                echo $line\n"
    "        end\n"
    "    end\n"
    "end\n"
    "complete -c onedoor -f -a '(__onedoor_complete)'\n";

static void script_print(const struct cli *cli, const char *shell, const char *script)
{
    struct base_buffer json = {0};

    if (!cli->is_json) {
        fputs(script, stdout);
        return;
    }
    base_json_open(&json, NULL, '{');
    base_json_put_text(&json, "shell", shell);
    base_json_put_text(&json, "script", script);
    base_json_close(&json, '}');
    printf("%s\n", base_buffer_text(&json));
    base_buffer_fini(&json);
}

int cli_completion(struct cli *cli)
{
    static const char *const shells[] = {"bash", "zsh", "fish", NULL};
    static const char *const scripts[] = {bash_script, zsh_script, fish_script};

    if (!cli_is_one_of(cli, cli->operands[0], shells))
        return CLI_USAGE;
    for (size_t i = 0; shells[i] != NULL; i++)
        if (strcmp(shells[i], cli->operands[0]) == 0)
            script_print(cli, shells[i], scripts[i]);
    return CLI_DONE;
}
