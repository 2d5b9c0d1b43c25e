using System.Text.RegularExpressions;
using TlsFsm.StateDiagrams;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.StateDiagrams;

/// <summary>The model of all machines, checked by spin in all its lives; and that spin would find what is wrong with one.</summary>
[Category("Network")]
public sealed partial class PromelaTests
{
    private readonly string _model = PromelaWriter.Write(MachineDrawing.All);
    private string _folder = "";

    [SetUp]
    public void SetUp()
    {
        ExternalTool.Require("spin", "cc");
        _folder = Directory.CreateTempSubdirectory("tlsfsm-spin-").FullName;
    }

    [TearDown]
    public void TearDown()
    {
        if (_folder.Length > 0)
            Directory.Delete(_folder, recursive: true);
    }

    [Test]
    public async Task Every_life_ends_each_arc_is_walked_and_the_loss_is_told_exactly_once()
    {
        var (ends, told) = await CheckAsync(_model);

        Assert.That((Errors(ends), Errors(told)), Is.EqualTo((0, 0)), $"{ends}\n{told}");
        Assert.That(Unreached(ends), Is.EqualTo(new[] { "Tls 0", "App 0", "Read 0", "Write 0" }), ends);
    }

    [Test]
    public async Task A_loss_that_is_told_twice_is_found()
    {
        var (_, told) = await CheckAsync(Replaced(
            "app == app_Eof && over -> app = app_ConnectionLost;", "app == app_Eof && over -> app = app_ConnectionMade;"));

        Assert.That(Errors(told), Is.EqualTo(1), told);
    }

    [Test]
    public async Task A_state_without_a_way_out_is_found()
    {
        var (ends, _) = await CheckAsync(Replaced("write == write_Closed && over", "write == write_Closed && !over && over"));

        Assert.That(Errors(ends), Is.EqualTo(1), ends);
    }

    [Test]
    public async Task A_state_that_nothing_leads_to_is_found()
    {
        var (ends, _) = await CheckAsync(Replaced("-> read = read_HeldEnded;", "-> read = read_Held;"));

        Assert.That(Unreached(ends), Has.Some.Match("^Read [1-9]"), ends);
    }

    private string Replaced(string old, string text)
    {
        Assert.That(_model, Does.Contain(old));
        return _model.Replace(old, text, StringComparison.Ordinal);
    }

    private async Task<(string Ends, string Told)> CheckAsync(string model)
    {
        await File.WriteAllTextAsync(Path.Combine(_folder, "life.pml"), model);

        // -o3: each statement is a state of its own, or a guard that never held would count as walked.
        var (exit, output, errors) = await ExternalTool.RunAsync(
            "sh", "", "-c", $"cd '{_folder}' && spin -o3 -a life.pml && cc -o pan pan.c && ./pan -a -f -N ends > ends && ./pan -a -N told > told");
        Assert.That(exit, Is.Zero, $"{output}\n{errors}");
        return (await File.ReadAllTextAsync(Path.Combine(_folder, "ends")), await File.ReadAllTextAsync(Path.Combine(_folder, "told")));
    }

    private static int Errors(string report) => int.Parse(ErrorCount().Match(report).Groups[1].Value);

    private static IEnumerable<string> Unreached(string report) =>
        UnreachedStates().Matches(report).Select(match => $"{match.Groups[1].Value} {match.Groups[2].Value}");

    [GeneratedRegex(@"errors: (\d+)")]
    private static partial Regex ErrorCount();

    [GeneratedRegex(@"unreached in proctype (\w+)\n(?:.*\n)*?\s+\((\d+) of \d+ states\)")]
    private static partial Regex UnreachedStates();
}
