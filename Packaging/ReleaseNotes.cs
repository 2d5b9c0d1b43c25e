namespace TlsFsm.Packaging;

/// <summary>What a version has changed, from a changelog in the form of Keep a Changelog.</summary>
internal static class ReleaseNotes
{
    // The registry takes 35,000 characters.
    private const int MaxLength = 30_000;

    /// <summary>The section of a version; before it has one, that of what is not released yet.</summary>
    /// <exception cref="InvalidDataException">There is neither, or it is empty.</exception>
    public static string Of(string changelog, string version)
    {
        var sections = changelog.ReplaceLineEndings("\n").Split("\n## ")[1..];
        var section = sections.FirstOrDefault(one => one.StartsWith($"[{version}]", StringComparison.Ordinal))
            ?? sections.FirstOrDefault(one => one.StartsWith("[Unreleased]", StringComparison.Ordinal))
            ?? throw new InvalidDataException($"The changelog has neither a section [{version}] nor [Unreleased].");
        var text = section[section.IndexOf('\n', StringComparison.Ordinal)..].Trim();
        if (text.Length == 0)
            throw new InvalidDataException($"The changelog's section for {version} is empty.");

        // To the last whole line.
        return text.Length <= MaxLength ? text : text[..text.LastIndexOf('\n', MaxLength)] + "\n\nand more: see CHANGELOG.md";
    }
}
