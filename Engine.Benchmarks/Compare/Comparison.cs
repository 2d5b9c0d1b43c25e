using System.Globalization;
using TlsFsm.Benchmarks.Figures;
using TlsFsm.Benchmarks.Measuring;
using TlsFsm.Benchmarks.Peers;

namespace TlsFsm.Benchmarks.Compare;

/// <summary>Measures everything once.</summary>
internal sealed class Comparison
{
    /// <summary>The id of the figures of idle connections.</summary>
    public const string Memory = "memory";

    private readonly Effort _effort;
    private readonly IReadOnlyCollection<string>? _only;
    private readonly Action<string> _progress;
    private readonly List<Result> _results = [];
    private readonly List<(string Contender, int Connections, Holdings Holdings)> _holdings = [];
    private readonly List<Absence> _absences = [];
    private readonly List<string> _notes = [];

    private Comparison(Effort effort, IReadOnlyCollection<string>? only, Action<string> progress) =>
        (_effort, _only, _progress) = (effort, only, progress);

    /// <param name="effort">How long.</param>
    /// <param name="only">Figures to measure, by id; null for all.</param>
    /// <param name="progress">Told what is measured now.</param>
    public static Report Run(Effort effort, IReadOnlyCollection<string>? only, Action<string> progress) =>
        new Comparison(effort, only, progress).Run();

    private Report Run()
    {
        var host = new HostTime();
        var stage = new Stage(_effort, _absences.Add);
        var figures = Catalogue.Figures(_effort).Where(figure => IsWanted(figure.Id)).ToList();
        foreach (var figure in figures)
        {
            _progress(figure.Title);
            _results.AddRange(stage.Measure(figure));
        }

        MeasureOpenSsl(figures);
        if (IsWanted(EchoLatency.Id))
        {
            _progress(EchoLatency.Describe());
            _results.AddRange(EchoLatency.Measure(Catalogue.Links(), _effort, _absences.Add, _notes.Add));
        }

        if (IsWanted(Memory))
            MeasureMemory();

        _notes.Add(string.Create(
            CultureInfo.InvariantCulture,
            $"The machine's host gave {100 * host.StolenShare:0} % of the processors' time to others meanwhile; CPU time does not count it."));
        var targets = new Targets(
            _results, _effort, HeldBy(_effort.IsShort ? HoldingsCount.Quick : HoldingsCount.Full), HeldBy(HoldingsCount.Many)).Judge();
        return new Report(
            _effort, figures, _results, _holdings, targets, _absences, _notes, Machine.Describe(), DateOnly.FromDateTime(DateTime.UtcNow));
    }

    // A guard measures by id only: it names the few that it needs.
    private bool IsWanted(string id) => _only is null ? !_effort.IsGuard : _only.Contains(id);

    private void MeasureOpenSsl(List<Figure> figures)
    {
        foreach (var (id, credential, resumes) in OpenSslFigures())
        {
            if (_effort.IsGuard || figures.Find(figure => figure.Id == id) is not { } figure)
                continue;

            if (_effort.IsShort && id != Catalogue.HandshakeEcdsa)
            {
                _absences.Add(
                    new Absence(figure.Title, ContenderNames.OpenSsl, $"left out of a {_effort.Name} run: it takes whole seconds"));
                continue;
            }

            _progress($"{figure.Title}: {ContenderNames.OpenSsl}");
            Try(figure.Title, ContenderNames.OpenSsl, () => _results.Add(OpenSslHandshakes.Measure(id, credential, resumes, _effort)));
        }
    }

    private void MeasureMemory()
    {
        int[] counts = _effort.IsShort ? [HoldingsCount.Quick] : [HoldingsCount.Full, HoldingsCount.Many];
        foreach (var count in counts)
        {
            foreach (var contender in (string[])[ContenderNames.TlsFsm, ContenderNames.SslStream])
            {
                _progress($"{count:N0} idle connections: {contender}");
                Try($"{count:N0} idle server connections", contender,
                    () => _holdings.Add((contender, count, Holdings.Measure(contender, count))));
            }
        }

        if (FileLimit.Current is { } limit)
            _notes.Add($"Idle connections are those of a server in a process of its own, with its clients in another; each may have {limit:N0} files open.");
        if (_effort.IsShort)
            _absences.Add(
                new Absence(
                    $"{HoldingsCount.Many:N0} idle server connections", "all",
                    $"left out of a {_effort.Name} run, which holds {HoldingsCount.Quick}"));
    }

    private void Try(string figure, string contender, Action measure)
    {
        try
        {
            measure();
        }
        catch (Exception exception)
        {
            _absences.Add(Absence.Of(figure, contender, exception));
        }
    }

    private static IEnumerable<(string Id, TlsCredential Credential, bool Resumes)> OpenSslFigures() =>
    [
        (Catalogue.HandshakeEcdsa, BenchmarkCertificates.Ecdsa, false),
        (Catalogue.HandshakeRsa, BenchmarkCertificates.Rsa, false),
        (Catalogue.Resumed, BenchmarkCertificates.Ecdsa, true),
    ];

    private Holdings? HeldBy(int count) =>
        _holdings.FirstOrDefault(one => one.Contender == ContenderNames.TlsFsm && one.Connections == count).Holdings;
}
