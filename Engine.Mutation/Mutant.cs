using System.Text.Json.Serialization;

namespace TlsFsm.Mutation;

/// <summary>One small change of the engine.</summary>
/// <param name="Id">From 1: its number in this build.</param>
/// <param name="File">In the repository.</param>
/// <param name="Line">From 1, as the source is without it.</param>
/// <param name="Text">The line without the change.</param>
/// <param name="What">The change in words.</param>
/// <param name="Time">From 1: the how manieth like it in the file.</param>
internal sealed record Mutant(int Id, string File, int Line, string Text, string What, int Time)
{
    /// <summary>The folder below <c>Engine</c> that its score belongs to.</summary>
    [JsonIgnore]
    public string Folder => Path.GetDirectoryName(Path.GetRelativePath("Engine", File))!.Replace('\\', '/');

    /// <summary>What stays the same as long as its line does.</summary>
    [JsonIgnore]
    public string Key => $"{File}|{Text}|{What}|{Time}";
}
