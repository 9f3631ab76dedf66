namespace Homelab.Engines.Ollama;

/// <summary>What to tell people who have no Ollama.</summary>
internal static class OllamaAdvice
{
    /// <summary>The command with which homelab gets it by itself, without root and into its own folder.</summary>
    public static string OwnCommand => OperatingSystem.IsWindows()
        ? "$env:HOMELAB_DAEMON__ENGINES__OLLAMA__INSTALL='auto'; homelab daemon"
        : "HOMELAB_DAEMON__ENGINES__OLLAMA__INSTALL=auto homelab daemon";

    /// <summary>Both ways, exact to the letter.</summary>
    public static string HowToGet => OperatingSystem.IsLinux()
        ? $"Install it for the whole machine with: curl -fsSL https://ollama.com/install.sh | sh ; or let homelab download it into its own folder: {OwnCommand}"
        : $"Install it from https://ollama.com/download ; or let homelab download it into its own folder: {OwnCommand}";
}
