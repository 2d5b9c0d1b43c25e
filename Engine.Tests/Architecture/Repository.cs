namespace TlsFsm.Tests.Architecture;

/// <summary>The working copy that the tests were built from.</summary>
internal static class Repository
{
    /// <summary>The folder of <c>TlsFsm.sln</c>.</summary>
    public static string Folder { get; } = Find();

    private static string Find()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "TlsFsm.sln")))
            folder = folder.Parent ?? throw new DirectoryNotFoundException("No TlsFsm.sln stands above the tests.");

        return folder.FullName;
    }
}
