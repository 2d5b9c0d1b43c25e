using TlsFsm.Machines;

namespace TlsFsm.Cli.Reporting;

/// <summary>The four machines as they run: what is drawn is their own definition.</summary>
/// <param name="Name">Its name in the log of steps.</param>
/// <param name="Title">What it is about.</param>
/// <param name="Initial">Where it begins.</param>
/// <param name="States">In the order of the definition.</param>
/// <param name="Arcs">From where to where it may go.</param>
internal sealed record DrawnMachine(
    string Name, string Title, string Initial, IReadOnlyList<string> States, IReadOnlyList<(string From, string To)> Arcs)
{
    public static IReadOnlyList<DrawnMachine> All { get; } =
    [
        Of(TlsMachine.Name, "TLS", TlsMachine.Definition.Cells),
        Of(AppMachine.Name, "the application", AppMachine.Definition.Cells),
        Of(ReadMachine.Name, "the peer's direction", ReadMachine.Definition.Cells),
        Of(WriteMachine.Name, "our direction", WriteMachine.Definition.Cells),
    ];

    private static DrawnMachine Of(string name, string title, IReadOnlyList<MachineCell> cells) => new(
        name, title, cells[0].State, [.. cells.Select(cell => cell.State).Distinct()],
        [
            .. cells.Where(cell => cell.Destination is { } to && to != cell.State)
                .Select(cell => (cell.State, cell.Destination!)).Distinct(),
        ]);
}
