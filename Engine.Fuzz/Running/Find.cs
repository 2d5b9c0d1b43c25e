using System.Globalization;

namespace TlsFsm.Fuzz.Running;

/// <summary>An input for which something does not hold, as it is written to a file.</summary>
/// <param name="Target">Which target.</param>
/// <param name="Input">The input.</param>
/// <param name="Message">What does not hold.</param>
/// <param name="Seed">Of the run that came upon it; null when it was replayed.</param>
/// <param name="Index">Which input of that run.</param>
/// <param name="Cause">What was thrown, if something was.</param>
internal sealed record Find(string Target, byte[] Input, string Message, ulong? Seed, long Index, Exception? Cause)
{
    private const string InputLine = "input: ";
    private const string TargetLine = "target: ";

    /// <summary>Writes it, with the command that replays it.</summary>
    /// <returns>The file.</returns>
    public string Write(string folder)
    {
        Directory.CreateDirectory(folder);
        var path = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{Target}-{Seed ?? 0}-{Index}.find"));
        File.WriteAllText(path, string.Create(CultureInfo.InvariantCulture, $"""
            {TargetLine}{Target}
            replay: {ReplayCommand(path)}
            seed: {Seed} at {Index}
            {InputLine}{Convert.ToHexStringLower(Input)}
            {Message}
            {Cause}

            """));
        return path;
    }

    public static string ReplayCommand(string path) => $"dotnet run -c Release --project Engine.Fuzz -- replay {path}";

    /// <summary>The target and the input of a file: one that <see cref="Write"/> made, or one of the corpus.</summary>
    public static (string? Target, byte[] Input) Read(string path)
    {
        var bytes = File.ReadAllBytes(path);
        if (!path.EndsWith(".find", StringComparison.Ordinal))
            return (Path.GetFileName(Path.GetDirectoryName(Path.GetFullPath(path))), bytes);

        var lines = File.ReadAllLines(path);
        var target = lines.First(line => line.StartsWith(TargetLine, StringComparison.Ordinal))[TargetLine.Length..];
        var input = lines.First(line => line.StartsWith(InputLine, StringComparison.Ordinal))[InputLine.Length..];
        return (target, Convert.FromHexString(input));
    }
}
