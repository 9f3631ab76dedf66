using System.CommandLine;

namespace Homelab.Cli;

/// <summary><c>homelab completion SHELL</c>: a script that makes the shell ask this executable what may come next.</summary>
internal static class CompletionCommand
{
    // Each script cuts the first word off, whatever the executable was called, and passes the rest of the line as one argument with the
    // place of the cursor in it. The space in front keeps a line that starts with dashes from being taken for an option of this call.
    private const string Bash = """
        # homelab completion for bash. Load it with:  source <(homelab completion bash)
        _homelab() {
            local line="${COMP_LINE:0:COMP_POINT}" word="${COMP_WORDS[COMP_CWORD]}" candidates
            COMPREPLY=()
            [[ "$line" == *" "* ]] || return 0
            line=" ${line#* }"
            candidates="$("${COMP_WORDS[0]}" "[suggest:${#line}]" "$line" 2>/dev/null)"
            local IFS=$'\n' candidate
            for candidate in $candidates; do
                [[ "$candidate" == "$word"* ]] && COMPREPLY+=("$candidate")
            done
        }
        complete -o default -F _homelab homelab
        """;

    private const string Zsh = """
        #compdef homelab
        # homelab completion for zsh. Load it with:  source <(homelab completion zsh)
        _homelab() {
            local line="${BUFFER[1,CURSOR]}"
            line=" ${line#* }"
            local -a candidates
            candidates=("${(@f)$("${words[1]}" "[suggest:${#line}]" "$line" 2>/dev/null)}")
            candidates=(${candidates:#})
            (( ${#candidates} )) && compadd -- "${candidates[@]}" || _files
        }
        compdef _homelab homelab
        """;

    private const string Fish = """
        # homelab completion for fish. Load it with:  homelab completion fish | source
        function __homelab_complete
            set -l line " "(string replace -r '^\S+\s*' '' -- (commandline -cp))
            homelab "[suggest:"(string length -- $line)"]" $line 2>/dev/null
        end
        complete -c homelab -f -a '(__homelab_complete)'
        """;

    private const string PowerShell = """
        # homelab completion for PowerShell. Load it with:  homelab completion pwsh | Out-String | Invoke-Expression
        Register-ArgumentCompleter -Native -CommandName homelab -ScriptBlock {
            param($word, $ast, $cursor)
            $text = $ast.ToString().PadRight($cursor).Substring(0, $cursor)
            $line = ' ' + ($text -replace '^\S+\s*', '')
            & $ast.CommandElements[0].Value "[suggest:$($line.Length)]" $line 2>$null |
                Where-Object { $_ -like "$word*" } |
                ForEach-Object { [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_) }
        }
        """;

    public static Command Create()
    {
        var shell = new Argument<string>("shell") { Description = "bash, zsh, fish or pwsh (PowerShell)" }.AcceptOnlyFromAmong("bash", "zsh", "fish", "pwsh", "powershell");
        var command = new Command("completion", "Print a script that completes commands and options in a shell") { shell };
        command.SetAction(arguments => arguments.InvocationConfiguration.Output.WriteLine(arguments.GetValue(shell) switch
        {
            "bash" => Bash,
            "zsh" => Zsh,
            "fish" => Fish,
            _ => PowerShell,
        }));
        return command;
    }
}
