using System.Text.RegularExpressions;

namespace TlsFsm.Tests.Architecture;

/// <summary>
/// In which folder of the engine a type is written. Public types share one namespace, so the folder, which is its room, is read from the
/// sources.
/// </summary>
internal static partial class SourceFolders
{
    private static readonly Lazy<Dictionary<string, string>> Folders = new(Read);

    /// <returns>With slashes, from <c>Engine</c> on; null for what no source declares.</returns>
    public static string? Of(Type type)
    {
        var outermost = type;
        while (outermost.DeclaringType is { } declaring)
            outermost = declaring;

        var name = outermost.Name.Split('`')[0];
        return Folders.Value.GetValueOrDefault(name);
    }

    private static Dictionary<string, string> Read()
    {
        var engine = Path.Combine(Repository.Folder, "Engine");
        var folders = new Dictionary<string, string>();
        foreach (var file in Directory.EnumerateFiles(engine, "*.cs", SearchOption.AllDirectories))
        {
            var folder = Path.GetRelativePath(engine, Path.GetDirectoryName(file)!).Replace('\\', '/');
            if (folder.Split('/')[0] is "obj" or "bin")
                continue;

            foreach (var name in Declaration().Matches(File.ReadAllText(file)).Select(match => match.Groups[1].Value))
                if (!folders.TryAdd(name, folder) && folders[name] != folder)
                    throw new InvalidOperationException($"{name} is declared in {folders[name]} and in {folder}.");
        }

        return folders;
    }

    [GeneratedRegex(
        @"^(?:(?:public|internal|file|sealed|static|abstract|readonly|ref|partial) )+(?:class|struct|interface|enum|record(?: struct| class)?|delegate [\w<>?]+) (\w+)",
        RegexOptions.Multiline)]
    private static partial Regex Declaration();
}
