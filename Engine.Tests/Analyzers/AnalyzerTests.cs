using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using TlsFsm.Analyzers;
using TlsFsm.Tests.Architecture;

namespace TlsFsm.Tests.Analyzers;

/// <summary>What the compiler of a user is told: what is wrong for certain, and nothing of what may be right.</summary>
internal sealed class AnalyzerTests
{
    private static readonly ImmutableArray<MetadataReference> References =
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(path => Path.GetFileName(path) is var name
                && (name.StartsWith("System.", StringComparison.Ordinal) || name is "netstandard.dll" or "TlsFsm.dll"))
            .Select(path => MetadataReference.CreateFromFile(path)),
    ];

    [TestCase("var stream = await [|TlsClient.OpenStreamAsync(\"a\", 1, options)|]; await stream.WriteAsync(data);")]
    [TestCase("var stream = await [|TlsClient.OpenStreamAsync(\"a\", 1, options)|].ConfigureAwait(false); stream.Flush();")]
    [TestCase("await [|TlsClient.OpenPipeAsync(\"a\", 1, options)|];")]
    [TestCase("var listener = [|TlsListener.Start(endPoint, serving, () => application)|]; Console.WriteLine(listener.LocalEndPoint);")]
    public Task A_connection_that_is_never_ended_is_reported(string body) => AssertAsync(new UndisposedAnalyzer(), body);

    [TestCase("await using var stream = await TlsClient.OpenStreamAsync(\"a\", 1, options);")]
    [TestCase("await using (var stream = await TlsClient.OpenStreamAsync(\"a\", 1, options)) stream.Flush();")]
    [TestCase("var stream = await TlsClient.OpenStreamAsync(\"a\", 1, options); await using (stream.ConfigureAwait(false)) stream.Flush();")]
    [TestCase("var stream = await TlsClient.OpenStreamAsync(\"a\", 1, options); try { stream.Flush(); } finally { await stream.DisposeAsync(); }")]
    [TestCase("var stream = await TlsClient.OpenStreamAsync(\"a\", 1, options); Keep(stream);")]
    [TestCase("var stream = await TlsClient.OpenStreamAsync(\"a\", 1, options); kept = stream;")]
    [TestCase("var stream = await TlsClient.OpenStreamAsync(\"a\", 1, options); var reader = new StreamReader(stream); reader.Dispose();")]
    [TestCase("var stream = await TlsClient.OpenStreamAsync(\"a\", 1, options); stream.Connection.Transport.Abort();")]
    [TestCase("var stream = await TlsClient.OpenStreamAsync(\"a\", 1, options); Action end = () => stream.Dispose(); end();")]
    [TestCase("var stream = await TlsClient.OpenStreamAsync(\"a\", 1, options); stream?.Dispose();")]
    [TestCase("kept = await TlsClient.OpenStreamAsync(\"a\", 1, options);")]
    [TestCase("Keep(await TlsClient.OpenStreamAsync(\"a\", 1, options));")]
    [TestCase("var opening = TlsClient.OpenStreamAsync(\"a\", 1, options); using var stream = await opening;")]
    [TestCase("var (a, b) = (await TlsClient.OpenStreamAsync(\"a\", 1, options), 1); a.Dispose();")]
    public Task A_connection_that_somebody_looks_after_is_not(string body) => AssertAsync(new UndisposedAnalyzer(), body);

    [TestCase("[|task.Wait()|];")]
    [TestCase("[|Task.WaitAll(task)|];")]
    [TestCase("Console.WriteLine([|number.Result|]);")]
    [TestCase("[|task.GetAwaiter().GetResult()|];")]
    [TestCase("[|System.Threading.Thread.Sleep(1)|];")]
    public Task A_wait_in_a_callback_is_reported(string body) => AssertAsync(new BlockingAnalyzer(), callback: body);

    [TestCase("if (number.IsCompletedSuccessfully) Console.WriteLine(number.Result);")]
    [TestCase("Task.Run(() => task.Wait());")]
    [TestCase("if (task.Wait(0) && task.Wait(TimeSpan.Zero)) System.Threading.Thread.Sleep(0);")]
    [TestCase("if (task.Status == TaskStatus.RanToCompletion) task.GetAwaiter().GetResult();")]
    [TestCase("_ = task.ContinueWith(done => Console.WriteLine(number.Result));")]
    public Task What_waits_for_nothing_or_elsewhere_is_not(string callback) => AssertAsync(new BlockingAnalyzer(), callback: callback);

    [TestCase("number.Wait(); Console.WriteLine(number.Result);")]
    public Task A_wait_outside_of_a_callback_is_the_callers_affair(string body) => AssertAsync(new BlockingAnalyzer(), body);

    [TestCase("_ = Task.Run(() => [|connection.Transport.Write(data)|]);")]
    [TestCase("_ = Task.Run(async () => { await Task.Delay(1); [|connection.Transport.Close()|]; });")]
    [TestCase("System.Threading.ThreadPool.QueueUserWorkItem(_ => [|connection.UpdateKeys(true)|]);")]
    [TestCase("_ = Task.Run(() => [|open.Connection.Transport.WriteEof()|]);")]
    [TestCase("using var timer = new System.Threading.Timer(_ => [|connection.Transport.Abort()|], null, 1, 1);")]
    public Task A_call_off_the_loop_is_reported(string body) => AssertAsync(new OffLoopAnalyzer(), body);

    [TestCase("connection.Transport.Write(data);")]
    [TestCase("connection.Loop.CallSoon(_ => connection.Transport.Write(data), null);")]
    [TestCase("_ = Task.Run(() => connection.Loop.CallSoon(_ => connection.Transport.Write(data), null));")]
    [TestCase("_ = Task.Run(() => Console.WriteLine(connection.State));")]
    [TestCase("_ = Task.Run(() => kept!.Write(data));")]
    [TestCase("_ = Task.Run(() => own.ConnectionMade(connection.Transport));")]
    [TestCase("_ = Task.Run(async () => { var one = own; await Task.Delay(1); one.Transport.Close(); });")]
    public Task A_call_that_may_be_on_the_loop_or_needs_none_is_not(string body) => AssertAsync(new OffLoopAnalyzer(), body);

    [Test]
    public void Every_rule_is_a_warning_and_has_its_section_in_the_page_that_it_leads_to()
    {
        DiagnosticAnalyzer[] all = [new UndisposedAnalyzer(), new BlockingAnalyzer(), new OffLoopAnalyzer()];
        var page = File.ReadAllLines(Path.Combine(Repository.Folder, "docs", "analyzers.md"));

        var rules = all.SelectMany(one => one.SupportedDiagnostics).ToList();

        Assert.That(rules.Select(rule => rule.DefaultSeverity), Has.All.EqualTo(DiagnosticSeverity.Warning));
        Assert.That(rules.Select(rule => rule.IsEnabledByDefault), Has.All.True);
        Assert.That(
            page.Where(line => line.StartsWith("## ", StringComparison.Ordinal)), Is.EquivalentTo(rules.Select(rule => $"## {rule.Id}")));
        foreach (var rule in rules)
        {
            Assert.That(page, Has.Some.StartsWith($"*{rule.Title}.*"));
            Assert.That(rule.HelpLinkUri, Is.Empty.Or.EndsWith($"/docs/analyzers.md#{rule.Id.ToLowerInvariant()}"));
        }

        Assert.That(
            Rules.LinkTo("TLSFSM001", "https://example.org/tlsfsm/"),
            Is.EqualTo("https://example.org/tlsfsm/blob/main/docs/analyzers.md#tlsfsm001"));
        Assert.That(Rules.LinkTo("TLSFSM001", home: null), Is.Null);
    }

    /// <summary>Compiles the piece and asserts that what stands between the marks, and nothing else, is reported.</summary>
    private static async Task AssertAsync(DiagnosticAnalyzer analyzer, string body = "", string callback = "")
    {
        var marked = $$"""
            using System; using System.IO; using System.Net; using System.Threading.Tasks; using TlsFsm;
            internal sealed class Program : IProtocol
            {
                private readonly Task task = Task.CompletedTask;
                private readonly Task<int> number = Task.FromResult(1);
                private TlsStream? kept;
                private void Keep(TlsStream stream) => kept = stream;
                public async Task RunAsync(
                    TlsClientOptions options, TlsServerOptions serving, IPEndPoint endPoint, IProtocol application, TlsConnection own,
                    TlsStream open, byte[] data)
                {
                    var connection = await TlsClient.ConnectAsync("a", 1, options, application);
                    {{body}}
                }
                public void ConnectionMade(ITransport transport) { }
                public void DataReceived(ReadOnlySpan<byte> data) { {{callback}} }
                public bool EofReceived() => kept is null;
                public void ConnectionLost(Exception? exception) { }
                public void PauseWriting() { }
                public void ResumeWriting() { }
            }
            """;
        var source = marked.Replace("[|", "").Replace("|]", "");
        var compilation = CSharpCompilation.Create(
            "Piece", [CSharpSyntaxTree.ParseText(source)], References,
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, nullableContextOptions: NullableContextOptions.Enable));
        Assert.That(compilation.GetDiagnostics().Where(one => one.Severity == DiagnosticSeverity.Error), Is.Empty);

        var reported = await compilation.WithAnalyzers([analyzer]).GetAnalyzerDiagnosticsAsync();

        var expected = marked.Contains("[|", StringComparison.Ordinal)
            ? new[] { marked[(marked.IndexOf("[|", StringComparison.Ordinal) + 2)..marked.IndexOf("|]", StringComparison.Ordinal)] } : [];
        Assert.That(reported.Select(one => source.Substring(one.Location.SourceSpan.Start, one.Location.SourceSpan.Length)),
            Is.EqualTo(expected), string.Join('\n', reported));
    }
}
