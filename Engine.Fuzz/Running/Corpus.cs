using System.Security.Cryptography;

namespace TlsFsm.Fuzz.Running;

/// <summary>The committed inputs: a folder for each target, a file for each input.</summary>
internal static class Corpus
{
    /// <summary>Where it lies in the repository that this program was built in.</summary>
    public static string Folder { get; } = FindFolder();

    /// <summary>The inputs of a target, in the order of their names.</summary>
    public static IReadOnlyList<(string File, byte[] Input)> Of(ITarget target, string? folder = null)
    {
        var own = Path.Combine(folder ?? Folder, target.Name);
        return !Directory.Exists(own) ? [] :
        [
            .. Directory.EnumerateFiles(own).Order(StringComparer.Ordinal).Select(file => (file, File.ReadAllBytes(file))),
        ];
    }

    /// <summary>Writes an input under a name that is made of it.</summary>
    public static string Keep(ITarget target, byte[] input, string? folder = null)
    {
        var own = Directory.CreateDirectory(Path.Combine(folder ?? Folder, target.Name));
        var path = Path.Combine(own.FullName, Convert.ToHexStringLower(SHA256.HashData(input))[..12]);
        File.WriteAllBytes(path, input);
        return path;
    }

    private static string FindFolder()
    {
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "TlsFsm.sln")))
                return Path.Combine(at.FullName, "Engine.Fuzz", "Corpus");
        }

        return Path.Combine(AppContext.BaseDirectory, "Corpus");
    }
}
