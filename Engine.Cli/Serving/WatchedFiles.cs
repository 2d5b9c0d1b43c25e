namespace TlsFsm.Cli.Serving;

/// <summary>Files that a server was started with, and whether one of them has changed since somebody looked.</summary>
/// <param name="paths">The files.</param>
internal sealed class WatchedFiles(IReadOnlyList<string> paths)
{
    private readonly Dictionary<string, (DateTime Written, long Size)> _seen = paths.Distinct().ToDictionary(path => path, Look);
    private bool _isChanging;

    /// <summary>
    /// Whether files have changed, and stand still again: who writes a certificate and then its key is not disturbed between the two.
    /// </summary>
    public bool HaveChanged()
    {
        var isChanging = false;
        foreach (var (path, before) in _seen.ToList())
        {
            var now = Look(path);
            isChanging |= now != before;
            _seen[path] = now;
        }

        var isSettled = _isChanging && !isChanging;
        _isChanging = isChanging;
        return isSettled;
    }

    private static (DateTime Written, long Size) Look(string path)
    {
        var file = new FileInfo(path);
        return file.Exists ? (file.LastWriteTimeUtc, file.Length) : default;
    }
}
