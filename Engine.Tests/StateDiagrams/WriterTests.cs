using TlsFsm.Machines;
using TlsFsm.StateDiagrams;

namespace TlsFsm.Tests.StateDiagrams;

/// <summary>That the drawings show what the machines have. Their exact text is the golden files' matter.</summary>
public sealed class WriterTests
{
    [Test]
    public void No_two_arrows_of_a_kind_join_the_same_states() =>
        Assert.That(
            MachineDrawing.All.Select(drawing => drawing.Arrows.Select(arrow => (arrow.From, arrow.To, arrow.IsCutShort))), Is.All.Unique);

    [Test]
    public void Arrows_carry_every_move_once([Values(0, 1, 2, 3)] int machine)
    {
        var drawing = MachineDrawing.All[machine];
        var drawn = from arrow in drawing.Arrows from move in arrow.Moves select (arrow.From, move.Trigger, arrow.To, move.Guard);
        var moves = from cell in drawing.Cells
                    where cell.Kind == MachineCellKind.Moves
                    select (cell.State, cell.Trigger, cell.Destination!, cell.Because);

        Assert.That(drawn, Is.EquivalentTo(moves));
    }

    [Test]
    public void Each_arrow_is_drawn_alone_or_among_those_that_many_states_share([Values(0, 1, 2, 3)] int machine)
    {
        var drawing = MachineDrawing.All[machine];
        var shared = from arrow in drawing.Shared from state in arrow.States select (state, arrow.Arrow.To, arrow.Arrow.IsCutShort);
        var single = from arrow in drawing.Single select (arrow.From, arrow.To, arrow.IsCutShort);

        Assert.That(
            shared.Concat(single), Is.EquivalentTo(drawing.Arrows.Select(arrow => (arrow.From, arrow.To, arrow.IsCutShort))));
    }

    [Test]
    public void A_shared_arrow_says_whose_it_is()
    {
        Assert.That(MachineDrawing.All[2].Shared.Single().Words, Is.EqualTo("from every state"));
        Assert.That(MachineDrawing.All[2].Single, Has.None.Matches<Arrow>(arrow => arrow.To == nameof(ReadState.Over)));

        var write = MachineDrawing.All[3];
        Assert.That(write.Shared.Single().Words, Is.EqualTo("from every other state"));
        Assert.That(
            write.Single.Where(arrow => arrow.To == nameof(WriteState.Over)).Select(arrow => arrow.From),
            Is.EqualTo(new[] { nameof(WriteState.Closed) }));
    }

    [Test]
    public void Columns_are_made_of_places_that_the_machine_has([Values(0, 1, 2, 3)] int machine)
    {
        var drawing = MachineDrawing.All[machine];
        var places = drawing.Arrows.Select(drawing.EndOf).Concat(drawing.States).Distinct();

        Assert.That(drawing.Columns.SelectMany(column => column), Is.Unique.And.SubsetOf(places));
    }

    [Test]
    public void Orderly_ends_and_hand_overs_are_not_dashed()
    {
        var ends = MachineDrawing.All[0].Arrows.Where(arrow => arrow.EndsLife).ToList();

        Assert.That(
            from arrow in ends where !arrow.IsCutShort from move in arrow.Moves select $"{arrow.From} {move.Trigger}",
            Is.EqualTo(new[] { "Wrapped TransportHandedOver", "Shutdown TransportHandedOver", "Shutdown TransportLost" }));
        Assert.That(
            from arrow in ends where arrow.IsCutShort select arrow.From,
            Is.EqualTo(new[] { "DoHandshake", "Wrapped", "Flushing", "Shutdown" }));
    }

    [Test]
    public void Every_arrow_to_the_end_names_its_reasons_and_no_other_does() =>
        Assert.That(
            TlsMachine.Definition.Cells.Where(cell => cell.Ends.Count > 0),
            Is.EqualTo(TlsMachine.Definition.Cells.Where(cell => cell.Destination == nameof(TlsState.Unwrapped))));

    [Test]
    public void Every_deadline_that_ends_a_life_is_named_by_its_option()
    {
        var deadlines = TlsMachine.Definition.Cells.Where(
            cell => cell is { Trigger: nameof(TlsTrigger.DeadlineElapsed), Kind: MachineCellKind.Moves }).ToList();

        Assert.That(deadlines.Select(cell => cell.State), Is.EqualTo(new[] { "DoHandshake", "Shutdown" }));
        Assert.That(deadlines[0].Note, Does.Contain(nameof(TlsConnectionOptions.HandshakeTimeout)));
        Assert.That(
            deadlines[1].Note,
            Does.Contain(nameof(TlsConnectionOptions.FlushTimeout)).And.Contain(nameof(TlsConnectionOptions.ShutdownTimeout)));
    }

    [Test]
    public void Table_has_a_row_for_each_trigger_and_a_column_for_each_state([Values(0, 1, 2, 3)] int machine)
    {
        var drawing = MachineDrawing.All[machine];
        var rows = TableWriter.Write(drawing).Split('\n').Where(line => line.StartsWith('|')).ToList();

        Assert.That(rows, Has.Count.EqualTo(drawing.Triggers.Count() + 2));
        Assert.That(rows.Select(row => row.Split('|').Length - 2), Is.All.EqualTo(drawing.States.Count() + 1));
        Assert.That(rows, Has.None.Contains("|  |"), "no cell is silent");
    }

    [Test]
    public void Table_tells_each_of_the_answers_that_guards_choose_among()
    {
        var row = TableWriter.Write(MachineDrawing.All[0]).Split('\n').Single(
            line => line.StartsWith("| **Connected**", StringComparison.Ordinal));

        Assert.That(row.Split('|')[2].Trim(), Is.EqualTo(
            "→ **DoHandshake**, if never connected, closed or aborted<br>" +
            "*ignored*, if closed before it was connected: aborted on connect<br>" +
            "otherwise *refused*"));
    }

    [Test]
    public void Mermaid_leaves_no_syntax_in_its_texts([Values(0, 1, 2, 3)] int machine)
    {
        var drawing = MachineDrawing.All[machine];
        var texts = MermaidWriter.Write(drawing).Split('\n').Where(line => line.Contains(" --> ") && line.Contains(" : "))
            .Select(line => line[(line.IndexOf(" : ", StringComparison.Ordinal) + 3)..]).ToList();

        Assert.That(texts, Is.Not.Empty);
        Assert.That(
            texts.Select(text => text.Replace("#58;", "", StringComparison.Ordinal).Replace("#59;", "", StringComparison.Ordinal)),
            Has.None.Matches<string>(text => text.Contains(':') || text.Contains(';')));
    }
}
