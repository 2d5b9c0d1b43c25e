using System.Diagnostics;
using NUnit.Framework;

namespace TlsFsm.Packages.Tests;

/// <summary>The tool, installed from its package.</summary>
public sealed class ToolTests
{
    private string _folder = "";

    [OneTimeSetUp]
    public async Task InstallAsync()
    {
        _folder = Directory.CreateTempSubdirectory("tlsfsm-tool-").FullName;
        var (code, output) = await RunAsync(
            "dotnet", "tool", "install", "TlsFsm.Cli", "--version", "0.1.0", "--tool-path", _folder, "--add-source", ContentTests.Folder);
        Assert.That(code, Is.Zero, output);
    }

    [OneTimeTearDown]
    public void Remove() => Directory.Delete(_folder, recursive: true);

    [Test]
    public async Task It_says_which_it_is()
    {
        var (code, output) = await RunAsync(Path.Combine(_folder, "tlsfsm"), "--version");

        Assert.That(code, Is.Zero, output);
        Assert.That(output, Does.StartWith("0.1.0"));
    }

    [Test]
    public async Task Its_demo_works()
    {
        var (code, output) = await RunAsync(Path.Combine(_folder, "tlsfsm"), "demo", "--size", "1");

        Assert.That(code, Is.Zero, output);
    }

    private async Task<(int Code, string Output)> RunAsync(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments);

        // A package of the same number that was installed before must not stand in for this one.
        start.Environment["NUGET_PACKAGES"] = Path.Combine(_folder, "packages");
        return await ChildProcess.RunAsync(start);
    }
}
