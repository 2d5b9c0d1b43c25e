using System.Diagnostics.Metrics;
using System.Globalization;

namespace TlsFsm.Tests.Telemetry;

/// <summary>A meter of its own, for connections that other tests have no part in, and all that is measured on it.</summary>
internal sealed class MeterLog : IMeterFactory
{
    private readonly List<Meter> _meters = [];
    private readonly MeterListener _listener = new();
    private readonly List<(string Name, string Tags, double Value)> _taken = [];

    /// <param name="listens">Whether anybody listens.</param>
    /// <param name="failure">What the listener throws at each measurement.</param>
    /// <param name="only">The one instrument that is listened to; null: all.</param>
    public MeterLog(bool listens = true, Exception? failure = null, string? only = null)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (!_meters.Contains(instrument.Meter))
                return;

            Instruments.Add(instrument);
            if (listens && (only is null || instrument.Name == only))
                listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Take(instrument, value, tags, failure));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Take(instrument, value, tags, failure));
        _listener.Start();
    }

    public List<Instrument> Instruments { get; } = [];

    public IEnumerable<(string Name, string Tags, double Value)> Taken => _taken;

    /// <summary>Attributes by the instruments that they were seen at.</summary>
    public IEnumerable<(string Instrument, string Attribute)> Attributes =>
        from one in _taken
        from tag in one.Tags.Split(' ', StringSplitOptions.RemoveEmptyEntries)
        select (one.Name, tag.Split('=')[0]);

    public Meter Create(MeterOptions options)
    {
        var meter = new Meter(options.Name, options.Version, tags: null, scope: this);
        _meters.Add(meter);
        return meter;
    }

    /// <summary>What was measured at an instrument, summed by its attributes: <c>role=client: 1</c>.</summary>
    public string[] Sums(string instrument) =>
    [
        .. _taken.Where(one => one.Name == instrument).GroupBy(one => one.Tags)
            .Select(group => string.Create(CultureInfo.InvariantCulture, $"{group.Key}: {group.Sum(one => one.Value)}"))
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>What an observable instrument shows now, without zeros.</summary>
    public string[] Observe(string instrument)
    {
        _taken.RemoveAll(one => one.Name == instrument);
        _listener.RecordObservableInstruments();
        return [.. Sums(instrument).Where(sum => !sum.EndsWith(": 0", StringComparison.Ordinal))];
    }

    public void Dispose()
    {
        _listener.Dispose();
        foreach (var meter in _meters)
            meter.Dispose();
    }

    private void Take(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags, Exception? failure)
    {
        if (failure is not null)
            throw failure;

        var all = tags.ToArray().Select(tag => $"{tag.Key}={tag.Value}").Order(StringComparer.Ordinal);
        _taken.Add((instrument.Name, string.Join(' ', all), value));
    }
}
