namespace TlsFsm.Soak.Reporting;

/// <summary>The part of a document that a command writes: what stands around it is somebody else's.</summary>
internal static class Section
{
    /// <summary>Puts a part into a document, in place of the one that is there; at its end when there is none.</summary>
    /// <param name="document">As it is; empty for a new one.</param>
    /// <param name="name">Of the part.</param>
    /// <param name="text">What it says now.</param>
    public static string Replace(string document, string name, string text)
    {
        var (begin, end) = ($"<!-- {name}: written by its command -->", $"<!-- end of {name} -->");
        var part = $"{begin}\n{text.Trim()}\n{end}\n";
        var (from, to) = (document.IndexOf(begin, StringComparison.Ordinal), document.IndexOf(end, StringComparison.Ordinal));
        return from >= 0 && to > from
            ? document[..from] + part + document[(to + end.Length)..].TrimStart('\n')
            : document + (document.Length > 0 ? "\n" : "") + part;
    }
}
