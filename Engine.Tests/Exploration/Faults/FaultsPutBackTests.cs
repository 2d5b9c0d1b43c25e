using System.Diagnostics;
using TlsFsm.Tests.Architecture;

namespace TlsFsm.Tests.Exploration.Faults;

/// <summary>
/// Puts each fault back into a copy of the engine, builds that, and runs the tests over it: they must fail, by what is named. Some minutes
/// each, so only when asked for (CONTRIBUTING says how).
/// </summary>
[Explicit]
internal sealed class FaultsPutBackTests
{
    private static readonly string[] Shared =
        ["Directory.Build.props", "Directory.Packages.props", "BannedSymbols.txt", ".editorconfig", "global.json"];

    [TestCaseSource(typeof(FaultPatch), nameof(FaultPatch.All))]
    public void A_fault_that_is_put_back_is_noticed(FaultPatch patch)
    {
        var folder = Directory.CreateTempSubdirectory("fault-").FullName;
        try
        {
            CopySources(folder);
            patch.ApplyTo(folder);
            var (code, output) = Run(folder, "build", "Engine", "-p:RunAnalyzers=false", "-nodeReuse:false", "-o", "built");
            Assert.That(code, Is.Zero, output);

            var tests = Path.Combine(folder, "tests");
            Copy(AppContext.BaseDirectory, tests, _ => true);
            File.Copy(Path.Combine(folder, "built", "TlsFsm.dll"), Path.Combine(tests, "TlsFsm.dll"), overwrite: true);
            // Only what fails is named in what it prints.
            (code, output) = Run(
                tests, "test", "TlsFsm.Tests.dll", "--filter", $"FullyQualifiedName~{patch.Tests}", "--logger", "console;verbosity=minimal");

            Assert.That(code, Is.Not.Zero, "nobody has noticed");
            Assert.That(output, Does.Contain(patch.NoticedBy));
            TestContext.Out.WriteLine($"{patch.Name}: noticed by {patch.NoticedBy}");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void CopySources(string folder)
    {
        foreach (var file in Shared)
            File.Copy(Path.Combine(Repository.Folder, file), Path.Combine(folder, file));

        // The tests look for it above them, for what they read of the working copy.
        File.WriteAllText(Path.Combine(folder, "TlsFsm.sln"), "");
        Copy(Path.Combine(Repository.Folder, "Engine"), Path.Combine(folder, "Engine"), name => name is not ("bin" or "obj"));
    }

    private static void Copy(string from, string to, Func<string, bool> isWanted)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.GetFiles(from))
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        foreach (var inner in Directory.GetDirectories(from).Where(inner => isWanted(Path.GetFileName(inner))))
            Copy(inner, Path.Combine(to, Path.GetFileName(inner)), isWanted);
    }

    private static (int Code, string Output) Run(string folder, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", arguments)
        {
            WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output + errors.GetAwaiter().GetResult());
    }
}
