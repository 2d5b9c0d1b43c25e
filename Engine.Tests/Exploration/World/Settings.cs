namespace TlsFsm.Tests.Exploration;

/// <summary>The worlds that are explored.</summary>
internal static class Settings
{
    /// <summary>Each way in which a connection can be set up.</summary>
    public static IReadOnlyList<Setting> Plain { get; } =
    [
        new("streaming"),
        new("buffered") { IsBuffered = true },
        new("upgrade") { IsUpgrade = true },
        new("keeps open") { KeepsOpen = true },
        new("truncation is an error") { TolerateTruncation = false },
        new("truncation is an error, keeps open") { TolerateTruncation = false, KeepsOpen = true },
        new("one-way close") { AwaitCloseNotify = false },
        new("asks its host") { AsksTheHost = true, Steps = Steps.Fewest },
        new("stops after the handshake")
        {
            StopAfterHandshake = true, Steps = [.. Steps.Few, Step.By(Call.Detach), Step.By(Call.Continue)],
        },
        new("stops after the handshake, truncation is an error, keeps open")
        {
            StopAfterHandshake = true, TolerateTruncation = false, KeepsOpen = true,
            Steps = [.. Steps.Few, Step.By(Call.Detach), Step.By(Call.Continue)],
        },
        new("coalesces") { CoalesceWrites = true, Steps = Steps.Fewest },
        new("slow transport") { IsSlow = true, Steps = Steps.Slow },
        new("slow transport, keeps open") { IsSlow = true, KeepsOpen = true, Steps = Steps.Slow },
        new("keeps for its reader") { KeepsForItsReader = true, Steps = Steps.Fewest },
        new("buffered, keeps for its reader") { KeepsForItsReader = true, IsBuffered = true, Steps = Steps.Fewest },
    ];

    /// <summary>Each callback with each call that an application may make in it, or with an exception.</summary>
    public static IReadOnlyList<Setting> Reactions { get; } =
    [
        .. from callback in new[] { Sight.Made, Sight.Data, Sight.Eof, Sight.Lost, Sight.Pause, Sight.Resume }
           from call in Call.All.Append(Call.Throw)
           where call != Call.WriteLines && call != Call.Continue && call != Call.Detach
           let reaction = new Reaction(callback, call)
           select new Setting($"{reaction}")
           {
               Reaction = reaction, KeepsOpen = callback == Sight.Eof && call != Call.Close,
               Steps = callback switch
               {
                   Sight.Lost => Steps.Endings,
                   Sight.Pause or Sight.Resume => Steps.Pauses,
                   _ => Steps.Fewest,
               },
           },
        .. from callback in new[] { Sight.Made, Sight.Eof }
           from call in new[] { Call.Continue, Call.Detach, Call.Unwrap, Call.WriteEof }
           let reaction = new Reaction(callback, call)
           select new Setting($"stops after the handshake, {reaction}")
           {
               Reaction = reaction, StopAfterHandshake = true, Steps = [.. Steps.Fewest, Step.By(Call.Continue)],
           },
        .. from call in new[] { Call.WriteMuch, Call.Close, Call.PauseReading, Call.ResumeReading, Call.Throw }
           let reaction = new Reaction(Sight.Data, call)
           select new Setting($"buffered, {reaction}") { Reaction = reaction, IsBuffered = true, Steps = Steps.Fewest },
    ];

    /// <summary>All steps, in all plain settings: for those who have the time.</summary>
    public static IReadOnlyList<Setting> Deep { get; } =
        [.. Plain.Select(setting => setting with { Name = $"{setting}, all steps", Steps = Steps.All, CallsAfterClose = 1 })];
}
