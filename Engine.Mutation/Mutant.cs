namespace TlsFsm.Mutation;

/// <summary>One small change of the engine.</summary>
/// <param name="Id">From 1.</param>
/// <param name="File">In the repository.</param>
/// <param name="Line">From 1, as the source is without it.</param>
/// <param name="What">The change in words.</param>
internal sealed record Mutant(int Id, string File, int Line, string What)
{
    /// <summary>The folder below <c>Engine</c> that its score belongs to.</summary>
    public string Folder => Path.GetDirectoryName(Path.GetRelativePath("Engine", File))!.Replace('\\', '/');
}
