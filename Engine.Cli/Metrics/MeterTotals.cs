using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace TlsFsm.Cli.Metrics;

/// <summary>A meter of one server's connections, and what was measured on it as Prometheus reads it (text format 0.0.4).</summary>
internal sealed class MeterTotals : IMeterFactory
{
    private readonly Lock _lock = new();
    private readonly MeterListener _listener = new();
    private readonly List<Instrument> _instruments = [];
    private readonly SortedDictionary<(string Name, string Labels), double> _totals = [];
    private Meter? _meter;

    public MeterTotals()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (!ReferenceEquals(instrument.Meter.Scope, this))
                return;

            lock (_lock)
                _instruments.Add(instrument);
            listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Take(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Take(instrument, value, tags));
        _listener.Start();
    }

    public Meter Create(MeterOptions options) => _meter ??= new Meter(options.Name, options.Version, tags: null, scope: this);

    /// <summary>All that was measured up to now.</summary>
    public string Write()
    {
        _listener.RecordObservableInstruments();
        var text = new StringBuilder();
        lock (_lock)
        {
            foreach (var instrument in _instruments)
            {
                var name = NameOf(instrument);
                text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {instrument.Description}\n# TYPE {name} {KindOf(instrument)}\n");
                foreach (var ((_, labels), value) in _totals.Where(one => FamilyOf(one.Key.Name) == name))
                    text.Append(CultureInfo.InvariantCulture, $"{labels} {value}\n");
            }
        }

        return text.ToString();
    }

    public void Dispose()
    {
        _listener.Dispose();
        _meter?.Dispose();
    }

    private void Take(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var name = NameOf(instrument);
        var labels = string.Join(',', tags.ToArray().OrderBy(tag => tag.Key, StringComparer.Ordinal).Select(
            tag => $"{tag.Key.Replace('.', '_')}=\"{Escape(string.Create(CultureInfo.InvariantCulture, $"{tag.Value}"))}\""));
        lock (_lock)
        {
            if (instrument is Histogram<double>)
            {
                foreach (var bound in Bounds(instrument).Append(double.PositiveInfinity))
                {
                    var le = $"le=\"{(double.IsPositiveInfinity(bound) ? "+Inf" : bound.ToString(CultureInfo.InvariantCulture))}\"";
                    Add($"{name}_bucket", labels.Length == 0 ? le : $"{labels},{le}", value <= bound ? 1 : 0, isTotal: false);
                }

                Add($"{name}_sum", labels, value, isTotal: false);
                Add($"{name}_count", labels, 1, isTotal: false);
            }
            else
            {
                Add(name, labels, value, isTotal: instrument.IsObservable);
            }
        }
    }

    private void Add(string name, string labels, double value, bool isTotal)
    {
        var key = (name, labels.Length == 0 ? name : $"{name}{{{labels}}}");
        _totals[key] = isTotal ? value : _totals.GetValueOrDefault(key) + value;
    }

    private static IEnumerable<double> Bounds(Instrument instrument) =>
        ((Histogram<double>)instrument).Advice?.HistogramBucketBoundaries ?? [];

    /// <summary>As OpenTelemetry's exporter writes them.</summary>
    private static string NameOf(Instrument instrument) => instrument.Name.Replace('.', '_')
        + instrument.Unit switch { "s" => "_seconds", "By" => "_bytes", _ => "" } + (instrument is Counter<long> ? "_total" : "");

    private static string FamilyOf(string name)
    {
        foreach (var suffix in (string[])["_bucket", "_sum", "_count"])
        {
            if (name.EndsWith(suffix, StringComparison.Ordinal))
                return name[..^suffix.Length];
        }

        return name;
    }

    private static string KindOf(Instrument instrument) => instrument switch
    {
        Counter<long> => "counter",
        Histogram<double> => "histogram",
        _ => "gauge",
    };

    private static string Escape(string value) =>
        value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)
            .Replace("\n", "\\n", StringComparison.Ordinal);
}
