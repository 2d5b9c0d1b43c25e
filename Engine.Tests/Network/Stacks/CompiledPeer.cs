using System.Collections.Concurrent;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Network.Stacks;

/// <summary>The programs of this folder that must be compiled: once for all tests, when the first one wants it.</summary>
internal static class CompiledPeer
{
    private static readonly ConcurrentDictionary<string, Lazy<Task<string[]>>> Made = new();

    /// <summary>Where the sources are.</summary>
    public static string Folder => Path.Combine(AppContext.BaseDirectory, "Network", "Stacks");

    /// <summary><c>peer.c</c> with the part for one library.</summary>
    public static Task<string[]> OfC(string part, params string[] libraries) => Once(part, async target =>
    {
        var program = Path.Combine(target, part);
        await CompileAsync("cc", [
            "-O1", "-o", program, Path.Combine(Folder, "peer.c"), Path.Combine(Folder, part + ".c"),
            .. libraries.Select(library => "-l" + library)]);
        return [program];
    });

    /// <summary><c>JssePeer.java</c>, to be run with what makes a short life start fast.</summary>
    public static Task<string[]> OfJava() => Once("java", async target =>
    {
        await CompileAsync("javac", ["-d", target, Path.Combine(Folder, "JssePeer.java")]);
        return ["java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xshare:auto", "-cp", target, "JssePeer"];
    });

    private static Task<string[]> Once(string name, Func<string, Task<string[]>> make) =>
        Made.GetOrAdd(name, name => new Lazy<Task<string[]>>(() => make(PemFiles.NewFolder(name)))).Value;

    private static async Task CompileAsync(string compiler, string[] arguments)
    {
        var (exitCode, output, errors) = await ExternalTool.RunAsync(compiler, "", arguments);
        Assert.That(exitCode, Is.Zero, $"{compiler} {string.Join(' ', arguments)}\n{output}{errors}");
    }
}
