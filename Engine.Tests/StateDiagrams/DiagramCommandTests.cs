using TlsFsm.StateDiagrams;

namespace TlsFsm.Tests.StateDiagrams;

public sealed class DiagramCommandTests
{
    private readonly StringWriter _output = new();
    private readonly StringWriter _error = new();
    private string _folder = "";

    [SetUp]
    public void CreateFolder() => _folder = Directory.CreateTempSubdirectory("tlsfsm-diagrams-").FullName;

    [TearDown]
    public void DeleteFolder()
    {
        Directory.Delete(_folder, recursive: true);
        _output.GetStringBuilder().Clear();
        _error.GetStringBuilder().Clear();
    }

    [OneTimeTearDown]
    public void Dispose()
    {
        _output.Dispose();
        _error.Dispose();
    }

    [Test]
    public async Task Check_of_the_committed_drawings_exits_with_0()
    {
        Assert.That(await Run("--check"), Is.Zero);
        Assert.That(_output.ToString(), Does.Contain("those of the running machines"));
        Assert.That(_error.ToString(), Is.Empty);
    }

    [Test]
    public async Task Check_exits_with_1_and_a_line_for_each_file_that_differs()
    {
        DiagramFilesTests.WriteCurrent(_folder);
        File.AppendAllText(Path.Combine(_folder, "tls.mmd"), "x");
        File.Delete(Path.Combine(_folder, "app.md"));

        Assert.That(await Run("--check", "--output", _folder), Is.EqualTo(1));
        Assert.That(_error.ToString().ReplaceLineEndings("\n"), Is.EqualTo(
            "tls.mmd differs from the running machine; run: dotnet run --project StateDiagrams\n" +
            "app.md is missing; run: dotnet run --project StateDiagrams\n"));
    }

    [Test]
    public async Task Check_writes_nothing()
    {
        await Run("--check", "--output", _folder);

        Assert.That(Directory.GetFileSystemEntries(_folder), Is.Empty);
    }

    [Test]
    public async Task Output_is_created_and_filled()
    {
        var folder = Path.Combine(_folder, "new", "folder");

        Assert.That(await Run("--output", folder), Is.Zero);
        Assert.That(File.ReadAllText(Path.Combine(folder, "tls.dot")), Is.EqualTo(DotWriter.Write(MachineDrawing.All[0])));
        Assert.That(_output.ToString(), Does.StartWith("Wrote tls.dot").And.Contain("app.md").And.Contain(folder));
    }

    [Test]
    public async Task Output_that_cannot_be_written_exits_with_3_and_says_which()
    {
        var file = Path.Combine(_folder, "a-file");
        File.WriteAllText(file, "");

        Assert.That(await Run("--output", file), Is.EqualTo(3));
        Assert.That(_error.ToString(), Does.Contain(file));
    }

    [TestCase("--nonsense")]
    [TestCase("--output")]
    [TestCase("stray")]
    public async Task Wrong_arguments_exit_with_2_and_say_so(string argument)
    {
        Assert.That(await Run(argument), Is.EqualTo(2));
        Assert.That(_error.ToString(), Does.Contain(argument));
        Assert.That(_output.ToString(), Is.Empty);
    }

    [Test]
    public async Task Help_exits_with_0_and_names_the_options()
    {
        Assert.That(await Run("--help"), Is.Zero);
        Assert.That(_output.ToString(), Does.Contain("--check").And.Contain("--output"));
    }

    private Task<int> Run(params string[] arguments) => DiagramCommand.RunAsync(arguments, _output, _error);
}
