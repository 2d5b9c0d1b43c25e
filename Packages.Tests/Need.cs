using NUnit.Framework;

namespace TlsFsm.Packages.Tests;

/// <summary>What a test needs of the machine. Where it is missing the test is ignored and says so; in CI it fails.</summary>
internal static class Need
{
    public static void Program(string name) => AnyProgram(name, name);

    public static void AnyProgram(string what, params string[] names)
    {
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        string[] endings = OperatingSystem.IsWindows() ? [".exe", ".cmd"] : [""];
        if (names.Any(name => folders.Any(folder => endings.Any(ending => File.Exists(Path.Combine(folder, name + ending))))))
            return;

        var reason = $"Not here: {what} ({string.Join(" or ", names)}).";
        if (Environment.GetEnvironmentVariable("CI") == "true")
            Assert.Fail(reason);
        Assert.Ignore(reason);
    }
}
