using System.Xml.Linq;
using TlsFsm.StateDiagrams;
using TlsFsm.Tests.Architecture;

namespace TlsFsm.Tests.StateDiagrams;

public sealed class DiagramFilesTests
{
    private string _folder = "";

    [SetUp]
    public void CreateFolder() => _folder = Directory.CreateTempSubdirectory("tlsfsm-diagrams-").FullName;

    [TearDown]
    public void DeleteFolder() => Directory.Delete(_folder, recursive: true);

    [Test]
    public void The_committed_drawings_and_tables_are_those_of_the_running_machines() =>
        Assert.That(DiagramFiles.Check(Committed), Is.Empty);

    [Test]
    public void Line_ends_do_not_matter()
    {
        WriteCurrent(_folder);
        foreach (var file in Directory.GetFiles(_folder))
            File.WriteAllText(file, File.ReadAllText(file).ReplaceLineEndings("\r\n"));

        Assert.That(DiagramFiles.Check(_folder), Is.Empty);
    }

    [TestCase("tls.dot")]
    [TestCase("tls.mmd")]
    [TestCase("tls.puml")]
    [TestCase("tls.scxml")]
    [TestCase("life.pml")]
    [TestCase("tls.md")]
    [TestCase("app.dot")]
    [TestCase("app.mmd")]
    [TestCase("app.md")]
    [TestCase("life.dot")]
    public void Any_other_difference_does(string name)
    {
        WriteCurrent(_folder);
        File.AppendAllText(Path.Combine(_folder, name), " ");

        Assert.That(DiagramFiles.Check(_folder),
            Is.EqualTo(new[] { $"{name} differs from the running machine; run: dotnet run --project StateDiagrams" }));
    }

    [TestCase("tls")]
    [TestCase("app")]
    [TestCase("life")]
    public void A_picture_that_was_drawn_from_another_DOT_is_found_without_Graphviz(string machine)
    {
        WriteCurrent(_folder);
        var other = machine == "tls" ? "app" : "tls";
        File.Copy(Path.Combine(_folder, $"{other}.svg"), Path.Combine(_folder, $"{machine}.svg"), overwrite: true);

        Assert.That(DiagramFiles.Check(_folder), Is.EqualTo(new[]
        {
            $"{machine}.svg was not drawn from the {machine}.dot of the running machine; install Graphviz, then run: dotnet run "
            + "--project StateDiagrams",
        }));
    }

    [Test]
    public void Every_missing_file_is_named() =>
        Assert.That(DiagramFiles.Check(_folder).Select(line => line.Split(' ')[0]),
            Is.EquivalentTo((string[])
            [
                .. from machine in (string[])["tls", "app", "read", "write"]
                   from kind in (string[])["dot", "svg", "mmd", "puml", "scxml", "md"]
                   select $"{machine}.{kind}",
                "life.dot", "life.svg", "life.pml",
            ]));

    [Test]
    public void Every_file_ends_its_lines_and_itself_with_a_line_feed()
    {
        foreach (var (name, text) in DiagramFiles.Generate())
            Assert.That(text, Does.EndWith("\n").And.Not.Contain("\r").And.Not.Contain(" \n").And.Not.EndWith("\n\n"), name);
    }

    [Test]
    public async Task What_is_written_passes_the_check()
    {
        var (written, undrawn) = await DiagramFiles.WriteAsync(_folder, CancellationToken.None);

        if (undrawn.Count > 0)
            NeedsGraphviz();
        Assert.That(written, Has.Count.EqualTo(27));
        Assert.That(DiagramFiles.Check(_folder), Is.Empty);
    }

    [Test]
    public async Task Drawing_again_changes_no_file_that_is_current_whatever_Graphviz_drew_it()
    {
        WriteCurrent(_folder);
        var before = Contents();

        var (written, undrawn) = await DiagramFiles.WriteAsync(_folder, CancellationToken.None);

        Assert.That(written.Concat(undrawn), Is.Empty);
        Assert.That(Contents(), Is.EqualTo(before));

        string[] Contents() => [.. Directory.GetFiles(_folder).Order().Select(File.ReadAllText)];
    }

    [Test]
    public async Task Graphviz_draws_every_state_and_trigger()
    {
        foreach (var drawing in MachineDrawing.All)
        {
            var svg = await Graphviz.TryDrawSvgAsync(DotWriter.Write(drawing), CancellationToken.None);
            if (svg is null)
                NeedsGraphviz();

            var texts = string.Join(" ", XDocument.Parse(svg!).Descendants().Where(element => element.Name.LocalName == "text").Select(
                element => element.Value.Trim()));
            var moves = drawing.Arrows.SelectMany(arrow => arrow.Moves).ToList();
            foreach (var text in drawing.States.Concat(moves.Select(move => move.Trigger)).Concat(moves.Select(move => move.Guard))
                .Concat(moves.Select(move => string.Join(", ", move.Ends))))
                Assert.That(texts, Does.Contain(text));
        }
    }

    [Test]
    public void A_drawing_that_Graphviz_cannot_read_is_an_error_with_its_words()
    {
        if (!IsGraphvizInstalled())
            NeedsGraphviz();

        Assert.That(async () => await Graphviz.TryDrawSvgAsync("digraph {", CancellationToken.None),
            Throws.TypeOf<IOException>().With.Message.Contains("syntax error"));
    }

    /// <summary>What a check of the folder finds nothing wrong with, drawn without Graphviz.</summary>
    internal static void WriteCurrent(string folder)
    {
        foreach (var (name, text) in DiagramFiles.Generate())
        {
            File.WriteAllText(Path.Combine(folder, name), text);
            if (Path.GetExtension(name) == ".dot")
                File.WriteAllText(Path.Combine(folder, Path.ChangeExtension(name, ".svg")), DiagramFiles.Stamp("<svg/>", text));
        }
    }

    private static string Committed { get; } = Path.Combine(Repository.Folder, "StateDiagrams", "diagrams");

    private static bool IsGraphvizInstalled() =>
        Environment.GetEnvironmentVariable("PATH")!.Split(Path.PathSeparator)
            .Any(folder => File.Exists(Path.Combine(folder, OperatingSystem.IsWindows() ? "dot.exe" : "dot")));

    private static void NeedsGraphviz()
    {
        if (Environment.GetEnvironmentVariable("CI") == "true")
            Assert.Fail("Graphviz (dot) is not installed, and CI must draw.");
        Assert.Ignore("Graphviz (dot) is not installed.");
    }
}
